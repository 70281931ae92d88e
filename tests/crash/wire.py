"""HTTP over many connections from one thread, as small as a load needs it: one request in flight a
connection, the next one as soon as its answer is there."""
import json
import selectors
import socket


class Request:
    def __init__(self, method, path, body=None):
        self.method, self.path, self.body = method, path, body
        self.status = self.answer = None  # filled in when the answer has come

    def bytes(self):
        body = b"" if self.body is None else json.dumps(self.body).encode()
        head = (f"{self.method} {self.path} HTTP/1.1\r\nHost: localhost\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n")
        return head.encode() + body


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.request = None

    def send(self, request):
        self.request = request
        self.socket.sendall(request.bytes())

    def receive(self):
        """The request in flight, once its answer is whole; None before. OSError if the server went away."""
        chunk = self.socket.recv(1 << 18)
        if not chunk:
            raise ConnectionResetError("the server closed the connection")
        self.buffer += chunk
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.buffer[:end].decode("latin-1").lower()
        at = head.index("content-length:") + len("content-length:")
        length = int(head[at:].split("\r\n", 1)[0])
        if len(self.buffer) < end + 4 + length:
            return None
        body = self.buffer[end + 4:end + 4 + length]
        self.buffer = self.buffer[end + 4 + length:]
        request, self.request = self.request, None
        request.status = int(head.split(" ", 2)[1])
        request.answer = json.loads(body) if body[:1] in b"{[" else body.decode()
        return request


def ask(port, method, path, body=None):
    """One request on a connection of its own."""
    connection = Connection(port)
    try:
        connection.send(Request(method, path, body))
        while True:
            done = connection.receive()
            if done:
                return done.status, done.answer
    finally:
        connection.socket.close()


def drive(port, connections, requests, answered):
    """Sends `requests` (an iterator) over so many connections and calls answered(request) for each
    answer. Ends when all were answered, or quietly when the server goes away: what was not answered
    then has no status."""
    selector = selectors.DefaultSelector()
    requests = iter(requests)
    open_connections = []

    def send_next(connection):
        request = next(requests, None)
        if request is None:
            selector.unregister(connection.socket)
        else:
            connection.send(request)

    try:
        for _ in range(connections):
            connection = Connection(port)
            open_connections.append(connection)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            send_next(connection)
        while selector.get_map():
            for key, _ in selector.select(timeout=60) or [(None, None)]:
                if key is None:
                    raise TimeoutError("no answer for a minute")
                done = key.data.receive()
                if done:
                    answered(done)
                    send_next(key.data)
    except (ConnectionError, BrokenPipeError):
        pass
    finally:
        for connection in open_connections:
            connection.socket.close()
        selector.close()


def waves(port, connections, requests):
    """All connections send at the same moment, then all wait: the concurrency that group commit is for."""
    pool = [Connection(port) for _ in range(connections)]
    try:
        for start in range(0, len(requests), connections):
            wave = list(zip(pool, requests[start:start + connections]))
            for connection, request in wave:
                connection.send(request)
            for connection, _ in wave:
                while connection.receive() is None:
                    pass
    finally:
        for connection in pool:
            connection.socket.close()
