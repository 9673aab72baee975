#!/usr/bin/python3
# A FastCGI application that answers every request with the same words. It has
# no semaphore calls, so nothing but the server itself can keep the server's sets.
import socket
import struct

BEGIN, END, STDIN, STDOUT = 1, 3, 5, 6
listener = socket.socket(fileno=0)


def record(kind, request, content):
    return struct.pack("!BBHHBx", 1, kind, request, len(content), 0) + content


while True:
    connection, _ = listener.accept()
    stream = connection.makefile("rb")
    while header := stream.read(8):
        _, kind, request, length, padding = struct.unpack("!BBHHBx", header)
        stream.read(length + padding)
        if kind == STDIN and length == 0:
            answer = b"Content-Type: text/plain\r\n\r\nit works"
            connection.sendall(record(STDOUT, request, answer) + record(STDOUT, request, b""))
            connection.sendall(record(END, request, bytes(8)))
            break
    connection.close()
