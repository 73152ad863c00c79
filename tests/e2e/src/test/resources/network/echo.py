"""Answers TCP and UDP at port 7 of every address with what was sent."""

import socketserver
import threading


class Stream(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(4096):
            self.request.sendall(data)


class Datagram(socketserver.BaseRequestHandler):
    def handle(self):
        data, sender = self.request
        sender.sendto(data, self.client_address)


datagrams = socketserver.ThreadingUDPServer(("", 7), Datagram)
threading.Thread(target=datagrams.serve_forever, daemon=True).start()
socketserver.ThreadingTCPServer(("", 7), Stream).serve_forever()
