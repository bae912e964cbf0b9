"""A proxy before PostgreSQL that refuses what RDS Proxy is documented not to pass on, or to pin a session for:
start-up options, session SET and set_config, cancel requests. SET LOCAL passes. Prints its port on standard error.

strict-proxy.py HOST PORT     HOST may be the folder of a unix socket. Every connection's refusals are counted in REFUSALS.
"""
import os, re, socket, struct, sys, threading

host, port = sys.argv[1], int(sys.argv[2])
session_set = re.compile(rb"^\s*(set\s+(?!local\b|transaction\b)|reset\b|discard\b)|set_config\s*\([^)]*false\s*\)", re.I)


def upstream():
    if host.startswith("/"):
        s = socket.socket(socket.AF_UNIX)
        s.connect(f"{host}/.s.PGSQL.{port}")
        return s
    return socket.create_connection((host, port))


def exactly(s, count):
    data = b""
    while len(data) < count:
        more = s.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def refuse(client, why):
    print("refused: " + why, file=sys.stderr, flush=True)
    fields = b"SFATAL\0VFATAL\0C0A000\0M" + why.encode() + b"\0\0"
    client.sendall(b"E" + struct.pack("!i", len(fields) + 4) + fields)
    client.close()


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    for s in (source, sink):
        try:
            s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(client):
    try:
        while True:
            length, code = struct.unpack("!ii", exactly(client, 8))
            body = exactly(client, length - 8)
            if code in (80877103, 80877104):  # SSLRequest, GSSENCRequest
                client.sendall(b"N")
            elif code == 80877102:
                print("refused: cancel request", file=sys.stderr, flush=True)
                return client.close()
            else:
                break
        words = body.split(b"\0")
        names = words[0::2]
        if b"options" in names:
            return refuse(client, "start-up options are not supported")
        server = upstream()
        server.sendall(struct.pack("!ii", length, code) + body)
        threading.Thread(target=pump, args=(server, client), daemon=True).start()
        while True:
            kind, size = struct.unpack("!ci", exactly(client, 5))
            body = exactly(client, size - 4)
            query = body[:-1] if kind == b"Q" else body.split(b"\0")[1] if kind == b"P" else b""
            if any(session_set.search(part) for part in query.split(b";")):
                server.close()
                return refuse(client, "session SET is not supported: " + query[:60].decode(errors="replace"))
            server.sendall(kind + struct.pack("!i", size) + body)
    except (EOFError, OSError):
        client.close()


listener = socket.create_server(("127.0.0.1", 0))
print(f"port {listener.getsockname()[1]}", file=sys.stderr, flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
