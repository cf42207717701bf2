#!/usr/bin/env python3
"""Sends a document. Settings: see README.md. Uses the package requests if it is installed, else the standard library."""

import base64
import json
import os
import sys
import urllib.error
import urllib.request

try:
    import requests
except ImportError:
    requests = None

TIMEOUT_SECONDS = 60


def post(url, token, payload):
    """Returns the status and the body for any status; raises OSError without a response."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = json.dumps(payload).encode("utf-8")
    if requests is not None:
        response = requests.post(url, data=body, headers=headers, timeout=TIMEOUT_SECONDS)
        return response.status_code, response.content.decode("utf-8")
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            return response.status, response.read().decode("utf-8")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8")


def main():
    api_url = os.environ.get("API_URL") or "http://localhost:3000"
    token = os.environ.get("TOKEN")
    to = os.environ.get("DESTINO")
    instance = os.environ.get("INSTANCIA")
    path = os.environ.get("ARCHIVO")
    if not (token and to and path):
        print("Faltan TOKEN, DESTINO o ARCHIVO", file=sys.stderr)
        return 2
    try:
        with open(path, "rb") as file:
            media = base64.b64encode(file.read()).decode("ascii")
    except OSError as error:
        print(f"No se puede leer {path}: {error.strerror}", file=sys.stderr)
        return 2

    payload = {
        "number": to,
        "mediatype": "document",
        "media": media,
        "filename": os.path.basename(path),
        "caption": os.environ.get("LEYENDA") or "Adjuntamos su documento.",
    }
    if instance:
        payload["fromNumber"] = instance

    try:
        status, text = post(f"{api_url}/api/send-whatsap", token, payload)
    except OSError as error:
        print(f"No hay respuesta de {api_url}: {error}", file=sys.stderr)
        return 1
    if status != 200:
        print(f"HTTP {status}: {text}", file=sys.stderr)
        return 1
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
