/**
 * Socket.IO behind declared routes: each of its requests has passed the same plugins as any other (Host, origins, rate limit). A client
 * says who it is only once it is connected to the engine, so the routes themselves need no credential. A client that is not admitted
 * in time is disconnected, and only a few of one network may wait.
 */
import { Server as Engine, type Socket as Connection } from "engine.io"
import { Deferred, Effect } from "effect"
import type { FastifyReply, FastifyRequest } from "fastify"
import { Server, type Socket } from "socket.io"
import type { WebSocket } from "ws"
import { ConcurrencyLimit } from "../../application/concurrency-limit.ts"
import type { ServeSocket, WrittenByRoute } from "../declaration.ts"
import { networkOf } from "../network-of.ts"
import type { Services } from "../runtime.ts"
import { CLOSE, type FeedWriter, lingerMs } from "./feed.ts"
import { closed } from "./web-socket.ts"

/** An event with its one argument. */
export interface SocketFrame {
  readonly name: string
  readonly body: object
}

/** A client that wants to be connected. */
export interface Applicant {
  /** The first request of the connection. */
  readonly request: FastifyRequest
  /** What the client gave as `auth`. */
  readonly auth: Readonly<Record<string, unknown>>
  /** Resolves when the client has left. */
  readonly left: Effect.Effect<void>
}

/** The client is told the message, and `data`. */
export interface Refused {
  readonly message: string
  readonly data: object
}

/** Serves an admitted client until either side ends it. */
export type ServeClient = (
  writer: FeedWriter<SocketFrame>,
  stopping: Deferred.Deferred<void>
) => Effect.Effect<void, never, Services>

export type Admit = (applicant: Applicant) => Effect.Effect<ServeClient, Refused, Services>

/** How long a client may be connected without being admitted. */
const ADMISSION_MS = 5_000
/** Clients of one network that are not admitted yet. */
const WAITING_MAX = 100
/** What a client sends: its credential, and answers to pings. */
const CLIENT_BYTES_MAX = 1_024
/** When the gateway stops, feeds end first, with a last event. */
const FEEDS_END_MS = 100

interface Handshake {
  readonly request: FastifyRequest
  readonly run: <A, E>(effect: Effect.Effect<A, E, Services>) => Promise<A>
  readonly stopping: Deferred.Deferred<void>
}

export class SocketIoServer {
  readonly #engine = new PreparedEngine({
    transports: ["polling", "websocket"],
    maxHttpBufferSize: CLIENT_BYTES_MAX,
    httpCompression: false,
    // Fastify has opened the WebSocket already.
    wsEngine: OpenedSockets
  })
  readonly #io = new Server({ connectTimeout: ADMISSION_MS, serveClient: false })
  readonly #handshakes = new WeakMap<object, Handshake>()
  readonly #waiting = new ConcurrencyLimit(WAITING_MAX)
  readonly #admitted = new WeakMap<Connection, () => void>()
  #isStopNoticed = false

  constructor(admit: Admit) {
    this.#io.bind(this.#engine)
    this.#engine.on("connection", (connection: Connection) => this.#awaitAdmission(connection))
    this.#io.use((socket, next) => {
      const { run, request } = this.#handshakeOf(socket)
      const { auth } = socket.handshake
      const decided = Effect.match(admit({ request, auth, left: left(socket.conn) }), {
        onSuccess: (serve) => {
          socket.data = serve
          next()
        },
        onFailure: ({ message, data }) => next(Object.assign(new Error(message), { data }))
      })
      run(decided).catch((failure: unknown) => {
        request.log.error({ err: failure }, "a Socket.IO client could not be admitted")
        socket.conn.close()
      })
    })
    this.#io.on("connection", (socket) => {
      const { conn } = socket
      this.#admitted.get(conn)?.()
      // Without it the connection would stay open, and be counted nowhere.
      socket.once("disconnect", () => conn.close())
      const { run, request, stopping } = this.#handshakeOf(socket)
      run((socket.data as ServeClient)(socketIoWriter(socket), stopping)).catch((failure: unknown) => {
        request.log.error({ err: failure }, "a Socket.IO client failed unexpectedly")
        cut(conn)
      })
    })
  }

  /** Why a request cannot become a WebSocket; undefined if it can. */
  upgradeProblem(request: FastifyRequest): string | undefined {
    return this.#engine.upgradeProblem(request)
  }

  /** A request of the transport `polling`. */
  readonly serveRequest = (request: FastifyRequest): WrittenByRoute["write"] => {
    return (reply: FastifyReply, stopping) =>
      Effect.map(this.#begin(request, stopping), () => this.#engine.handleRequest(request.raw, reply.raw))
  }

  /** A request of the transport `websocket`. */
  readonly serveUpgrade = (request: FastifyRequest): ServeSocket => {
    return (socket, stopping) =>
      Effect.gen({ self: this }, function* () {
        yield* this.#begin(request, stopping)
        const raw = Object.assign(request.raw, { websocket: socket })
        this.#engine.handleUpgrade(raw, raw.socket, Buffer.alloc(0))
        const stop = Effect.andThen(Deferred.await(stopping), Effect.sleep(lingerMs(CLOSE.stopping)))
        yield* Effect.raceFirst(closed(socket), stop)
        socket.terminate()
      })
  }

  #begin(request: FastifyRequest, stopping: Deferred.Deferred<void>): Effect.Effect<void, never, Services> {
    return Effect.map(Effect.context<Services>(), (services) => {
      this.#handshakes.set(request.raw, { request, stopping, run: Effect.runPromiseWith(services) })
      if (this.#isStopNoticed) return
      this.#isStopNoticed = true
      const feedsEnd = Effect.andThen(Deferred.await(stopping), Effect.sleep(FEEDS_END_MS))
      Effect.runFork(Effect.map(feedsEnd, () => this.#engine.close()))
    })
  }

  /** Of the connection's first request, which the engine keeps. */
  #handshakeOf(socket: Pick<Socket, "request">): Handshake {
    const handshake = this.#handshakes.get(socket.request)
    if (handshake === undefined) throw new Error("a Socket.IO connection without a request")
    return handshake
  }

  #awaitAdmission(connection: Connection): void {
    const { request } = this.#handshakeOf(connection)
    const giveBack = this.#waiting.take(networkOf(request.ip))
    if (!giveBack) {
      connection.close(true)
      return
    }
    let isWaiting = true
    const end = () => {
      if (isWaiting) giveBack()
      isWaiting = false
    }
    this.#admitted.set(connection, end)
    connection.once("close", end)
  }
}

class PreparedEngine extends Engine {
  upgradeProblem({ raw, query: given }: FastifyRequest): string | undefined {
    const { errors, errorMessages } = Engine
    const query = given as Record<string, string>
    if (query.EIO !== "4") return errorMessages[errors.UNSUPPORTED_PROTOCOL_VERSION]
    let problem: string | undefined
    this.verify(Object.assign(raw, { _query: query }), true, (code) => {
      problem = code === undefined ? undefined : errorMessages[code]
    })
    return problem
  }
}

/** Stands for the engine's own WebSocket server. */
class OpenedSockets {
  handleUpgrade(
    request: { readonly websocket: WebSocket },
    _socket: unknown,
    _head: unknown,
    done: (opened: WebSocket) => void
  ): void {
    done(request.websocket)
  }

  close(): void {}
}

/** The position is the second argument of each event that has one. */
const socketIoWriter = (socket: Socket): FeedWriter<SocketFrame> => {
  const { conn } = socket
  /** What the engine holds back until the transport has sent what it has. */
  let heldBytes = 0
  conn.on("packetCreate", ({ data }: { readonly data?: unknown }) => {
    if (typeof data === "string") heldBytes += Buffer.byteLength(data)
  })
  conn.on("drain", () => {
    heldBytes = 0
  })
  return {
    bufferedBytes: () => heldBytes + (webSocketOf(conn)?.bufferedAmount ?? 0),
    send: ({ name, body }, position) => socket.emit(name, body, ...(position === undefined ? [] : [position])),
    end: (ending, position) => {
      socket.emit("fin", { ...ending, position })
      // A client that the server disconnects does not come back on its own; one that loses the connection does.
      if (ending.code === CLOSE.revoked) socket.disconnect()
      conn.close()
      setTimeout(() => cut(conn), lingerMs(ending.code)).unref()
    },
    left: left(conn)
  }
}

/** Undefined while the client polls. */
const webSocketOf = ({ transport }: Connection): WebSocket | undefined =>
  (transport as { readonly socket?: WebSocket }).socket

const cut = (connection: Connection): void => {
  webSocketOf(connection)?.terminate()
  connection.close(true)
}

const left = (connection: Connection): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const done = () => resume(Effect.void)
    connection.once("close", done)
    if (connection.readyState === "closed") done()
  })
