<?php
// Sends a PDF. Settings: see README.md. Needs the extension openssl for https, and no other.
declare(strict_types=1);

function ajuste(string $nombre, string $defecto = ''): string
{
    $valor = getenv($nombre);
    return $valor === false || $valor === '' ? $defecto : $valor;
}

function terminar(string $mensaje, int $codigo): never
{
    fwrite(STDERR, $mensaje . PHP_EOL);
    exit($codigo);
}

$apiUrl = ajuste('API_URL', 'http://localhost:3000');
$token = ajuste('TOKEN');
$destino = ajuste('DESTINO');
$instancia = ajuste('INSTANCIA');
$archivo = ajuste('ARCHIVO');
if ($token === '' || $destino === '' || $archivo === '') {
    terminar('Faltan TOKEN, DESTINO o ARCHIVO', 2);
}
$contenido = @file_get_contents($archivo);
if ($contenido === false) {
    terminar("No se puede leer $archivo", 2);
}

$datos = [
    'number' => $destino,
    'mediatype' => 'document',
    'media' => base64_encode($contenido),
    'filename' => basename($archivo),
    'caption' => ajuste('LEYENDA', 'Adjuntamos su factura.'),
];
if ($instancia !== '') {
    $datos['fromNumber'] = $instancia;
}

$contexto = stream_context_create(['http' => [
    'method' => 'POST',
    'header' => ["Authorization: Bearer $token", 'Content-Type: application/json'],
    'content' => json_encode($datos, JSON_THROW_ON_ERROR),
    'timeout' => 60,
    // The body of an error names the problem.
    'ignore_errors' => true,
]]);
$flujo = @fopen("$apiUrl/api/send-whatsap", 'r', false, $contexto);
if ($flujo === false) {
    terminar("No hay respuesta de $apiUrl", 1);
}
$estado = (int) explode(' ', stream_get_meta_data($flujo)['wrapper_data'][0])[1];
$respuesta = stream_get_contents($flujo);
if ($estado !== 200) {
    terminar("HTTP $estado: $respuesta", 1);
}
echo $respuesta . PHP_EOL;
