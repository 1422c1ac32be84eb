"""Stands between a client and a server and writes each request as it came.

    python record.py http://127.0.0.1:8080 FOLDER [PORT]

A client's base address is http://127.0.0.1:PORT/CLIENT/SCENARIO; the request goes on without these two parts of its path, and is
written to FOLDER/CLIENT/SCENARIO.http, further ones of the scenario to SCENARIO-2.http and so on, once where they are the same.
Keys are written as "none". Lines of the head end with a line feed only.
"""

import http.client
import pathlib
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

SECRET = {"authorization": "Bearer none", "x-api-key": "none"}
NOT_PASSED_ON = {"connection", "transfer-encoding", "keep-alive"}


class Recorder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_address = ""
    folder = pathlib.Path()
    begun = {}

    def handle_any(self):
        _, client, scenario, path = self.path.split("/", 3)
        path = "/" + path
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "Transfer-Encoding" in self.headers:
            raise ValueError("a body in chunks, which the recorder does not write")
        self.write(client, scenario, path, body)
        self.pass_on(path, body)

    do_GET = do_POST = do_DELETE = do_HEAD = handle_any

    def write(self, client, scenario, path, body):
        lines = [f"{self.command} {path} HTTP/1.1"]
        for name, value in self.headers.raw_items():
            lines.append(f"{name}: {SECRET.get(name.lower(), value)}")
        text = ("\n".join(lines) + "\n\n").encode() + body
        requests = self.begun.setdefault((client, scenario), [])
        if text in requests:
            return
        requests.append(text)
        number = f"-{len(requests)}" if len(requests) > 1 else ""
        file = self.folder / client / f"{scenario}{number}.http"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
        print(file, flush=True)

    def pass_on(self, path, body):
        server = urlsplit(self.server_address)
        onward = http.client.HTTPConnection(server.hostname, server.port)
        onward.putrequest(self.command, path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.raw_items():
            if name.lower() not in NOT_PASSED_ON:
                onward.putheader(name, server.netloc if name.lower() == "host" else value)
        onward.endheaders(body)
        answer = onward.getresponse()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in NOT_PASSED_ON:
                self.send_header(name, value)
        pieces = answer.getheader("Content-Length") is None
        if pieces:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while piece := answer.read1(65536):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if pieces else piece)
        if pieces:
            self.wfile.write(b"0\r\n\r\n")
        onward.close()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    Recorder.server_address, Recorder.folder = sys.argv[1], pathlib.Path(sys.argv[2])
    port = int(sys.argv[3]) if len(sys.argv) > 3 else 8079
    print(f"recording at http://127.0.0.1:{port}/CLIENT/SCENARIO", flush=True)
    ThreadingHTTPServer(("127.0.0.1", port), Recorder).serve_forever()
