# python3 cell.py API-PORT HOST METHOD PATH [JSON] asks a sandbox's interpreter through the gateway, as E2B's clients do, and prints the status
# and the answer; of an execution, what a person would see of it.
import http.client
import json
import sys

port, host, method, path, *body = sys.argv[1:]
connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=240)
connection.request(method, path, *(part.encode() for part in body), headers={"Host": host})
response = connection.getresponse()
if path != "/execute" or response.status != 200:
    print(response.status, response.read().decode())
    sys.exit()
for line in response:
    event = json.loads(line)
    if event["type"] in ("stdout", "stderr"):
        print(event["text"], end="")
    elif event["type"] == "result":
        print(event.get("text", "result"), *sorted(event.keys() - {"type", "text", "is_main_result"}))
    elif event["type"] == "error":
        print(event["name"] + ":", event["value"])
