# In a new guest: prints milliseconds of a context with its first execution, of a second one, and of a plot in a warm context.
import http.client
import json
import time


def call(path, body):
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", 49999, timeout=240)
    connection.request("POST", path, json.dumps(body))
    content = connection.getresponse().read().decode()
    return (time.monotonic() - began) * 1000, content


with open("/root/plot.py") as script:
    PLOT = script.read()
created, context = call("/contexts", {})
context_id = json.loads(context)["id"]
cells = [call("/execute", {"context_id": context_id, "code": code}) for code in ("1+1", "1+1", PLOT, PLOT)]
assert '"png": "iVBOR' in cells[2][1], cells[2][1]
print(created, *(took for took, _ in cells))
