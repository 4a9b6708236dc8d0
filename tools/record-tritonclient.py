"""Records what the stock client of the Open Inference Protocol, tritonclient[http], sends.

Start the edge function of the digits example, then record through it:

    FOGLINE_MODEL=examples/digits/models/edge.keras FOGLINE_NAME=edge FOGLINE_PORT=18080 \
        node src/functions/inference.main.ts &
    pip install 'tritonclient[http]' && python tools/record-tritonclient.py 127.0.0.1:18080

It fails unless each call succeeds and JSON and binary answers agree. The requests go to
tests/fixtures/triton/requests.json, bodies gzipped and in base64; a test replays them.
"""

import base64
import gzip
import http.client
import http.server
import json
import pathlib
import sys
import threading

import numpy as np
import tritonclient.http as triton

PREFIX = "/function/digits-edge"
FIXTURE = pathlib.Path(__file__).parent.parent / "tests/fixtures/triton/requests.json"
recorded = []
title = ""


class Recorder(http.server.BaseHTTPRequestHandler):
    """Notes each request and hands it on without the prefix, as the gateway does."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        zipped = base64.b64encode(gzip.compress(body, mtime=0)).decode()
        recorded.append(
            {
                "title": title,
                "method": self.command,
                "path": self.path,
                "headers": {n: v for n, v in headers.items() if n != "host"},
                "bodyGzipBase64": zipped if body else "",
            }
        )
        assert self.path.startswith(PREFIX + "/"), self.path
        connection = http.client.HTTPConnection(sys.argv[1])
        connection.request(self.command, self.path.removeprefix(PREFIX), body, headers)
        answer = connection.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name in ("content-type", "inference-header-content-length"):
            if answer.headers[name]:
                self.send_header(name, answer.headers[name])
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET

    def log_message(self, *arguments):
        pass


def images(count):
    """Sixteenths, so that JSON and FP32 say the same, in a pattern that compresses."""
    values = np.arange(count * 28 * 28, dtype=np.float32) % 16 / 16
    return values.reshape(count, 28, 28, 1)


def infer(client, count, binary, **options):
    image = triton.InferInput("image", [count, 28, 28, 1], "FP32")
    image.set_data_from_numpy(images(count), binary_data=binary)
    if not binary:
        options["outputs"] = [
            triton.InferRequestedOutput(name, binary_data=False)
            for name in ("edge_exit", "edge_features")
        ]
    result = client.infer("edge", [image], **options)
    assert result.as_numpy("edge_exit").shape == (count, 10)
    assert result.as_numpy("edge_features").shape[0] == count
    return result.as_numpy("edge_exit")


def main():
    global title
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    client = triton.InferenceServerClient(f"127.0.0.1:{server.server_port}{PREFIX}")
    for title, call in {
        "server live": client.is_server_live,
        "server ready": client.is_server_ready,
        "model ready": lambda: client.is_model_ready("edge"),
        "server metadata": lambda: client.get_server_metadata()["name"] == "fogline",
        "model metadata": lambda: client.get_model_metadata("edge")["name"] == "edge",
    }.items():
        assert call(), title
    for count in (1, 100):
        answers = []
        for kind, options in {
            "JSON": {"binary": False},
            "binary": {"binary": True},
            "binary, gzip": {"binary": True, "request_compression_algorithm": "gzip"},
            "binary, deflate": {"binary": True, "request_compression_algorithm": "deflate"},
        }.items():
            title = f"infer {count} as {kind}"
            answers.append(infer(client, count, request_id=str(count), **options))
        assert all(np.allclose(answer, answers[0], atol=1e-6) for answer in answers)
    FIXTURE.parent.mkdir(parents=True, exist_ok=True)
    FIXTURE.write_text(json.dumps(recorded, indent=1) + "\n")
    print(f"{len(recorded)} requests, {FIXTURE.stat().st_size} bytes")


main()
