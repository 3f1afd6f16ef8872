"""A TCP proxy that breaks connections the way bad networks do, for tests.

`Chaos(target, plan)` listens on a loopback port of its own and passes bytes on.
`plan()` is asked for each new connection and answers with its fate:

- None: nothing happens to it;
- ("after", seconds): it is cut so many seconds after it began;
- ("down", n) / ("up", n): it is cut when n bytes went to, or came from, the client;
- ("data", n): for SMTP without encryption: it is cut when n bytes of a mail's text
  were passed on after DATA, and always before the dot that ends it, so that the
  server never has the whole mail.

Both ends see a reset or an end of file, never a polite goodbye. `cuts` counts what
was cut, by kind. Python's standard library only.
"""

import collections
import contextlib
import socket
import struct
import threading
import time

END_OF_DATA = b"\r\n.\r\n"


class Chaos:
    """See the module."""

    def __init__(self, target, plan):
        host, port = target.split(":")
        self.target = (host, int(port))
        self.plan = plan
        self.cuts = collections.Counter()
        self.calm = False
        self.door = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address = f"127.0.0.1:{self.door.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.door.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.door.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client):
        try:
            server = socket.create_connection(self.target, timeout=10)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        fate = None if self.calm else self.plan()
        ends = (client, server)
        begun = time.monotonic()
        if fate and fate[0] == "after":
            def later():
                time.sleep(max(0, begun + fate[1] - time.monotonic()))
                self._cut(ends, fate[0])
            threading.Thread(target=later, daemon=True).start()
        up = threading.Thread(target=self._pump, args=(client, server, ends, fate, "up"), daemon=True)
        up.start()
        self._pump(server, client, ends, fate, "down")
        up.join()
        for end in ends:
            with contextlib.suppress(OSError):
                end.close()

    def _cut(self, ends, kind):
        """A reset in both directions; counted when it really cut something."""
        cut = False
        for end in ends:
            try:
                # Linger of zero seconds: close sends RST (socket(7)).
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RDWR)
                cut = True
            except OSError:
                pass
        if cut:
            self.cuts[kind] += 1

    def _pump(self, source, sink, ends, fate, direction):
        passed = 0
        in_data = None  # bytes of mail text passed on since DATA
        tail = b""
        try:
            while chunk := source.recv(65536):
                if fate and fate[0] == direction:
                    if passed + len(chunk) >= fate[1]:
                        sink.sendall(chunk[: max(0, fate[1] - passed)])
                        self._cut(ends, direction)
                        return
                if fate and fate[0] == "data" and direction == "up":
                    if in_data is None and (tail + chunk).upper().endswith(b"DATA\r\n"):
                        sink.sendall(chunk)
                        in_data, tail = 0, b""
                        continue
                    if in_data is not None:
                        end = (tail + chunk).find(END_OF_DATA)
                        room = fate[1] - in_data
                        if end >= 0 or room <= len(chunk):
                            # Never the last byte before the end, so that the mail stays unfinished.
                            upto = min(room, len(chunk) - 1 if end < 0 else max(0, end - len(tail)))
                            sink.sendall(chunk[: max(0, upto)])
                            self._cut(ends, "data")
                            return
                        in_data += len(chunk)
                    tail = (tail + chunk)[-8:]
                sink.sendall(chunk)
                passed += len(chunk)
        except OSError:
            pass
        finally:
            # The other direction ends with this one.
            for end in ends:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
