"""Every bound of the service, each with its reason."""

MIB = 1024 * 1024

MAX_BODY_BYTES = 4 * MIB
"""Of a request; code and a few variables are far from it, and it is held in memory several times over."""

MAX_CODE_CHARACTERS = 2 * MIB
"""Of one execution; what is larger belongs into a file."""

MAX_VARIABLES = 1000
"""Environment variables of one execution."""

MAX_PATH_CHARACTERS = 4096
"""Of a context's directory; Linux knows no longer ones."""

MAX_OUTPUT_CHARACTERS = 16 * MIB
"""What one execution may print, both streams together; the same as a command's output that is kept."""

MAX_EVENT_CHARACTERS = 64 * 1024
"""Of what is printed in one event: the host leaves out lines that are much longer."""

MAX_RESULT_BYTES = 7 * MIB + MIB // 2
"""Of one rich result in JSON (an image in base64); the host takes lines of 8 MiB, and formats' names and the rest want some."""

MAX_RESULT_DEPTH = 500
"""How deep JSON is nested at most; parsers refuse what is deeper."""

MAX_RESULTS_BYTES = 48 * MIB
"""Of all rich results of one execution."""

RESULT_OVERHEAD = 1024
"""What each result counts besides its content, so that endless empty ones meet a bound, too."""

MESSAGE_OVERHEAD = 512
"""What each message counts besides its content, whatever its type, for that much memory it takes on its way."""

MAX_ERRORS = 100
"""Tracebacks that one execution may show; each ends one, unless code shows them itself."""

MAX_ERROR_CHARACTERS = 64 * 1024
"""Of an error's name, of its value, and of its traceback each; the host reads no lines that are much longer."""

MAX_CONTEXTS = 100
"""More kernels than anybody reads from; the guest's memory ends before in most sizes."""

MIN_AVAILABLE_BYTES = 64 * MIB
"""What a guest must have free for another kernel: a Python kernel takes 15 to 30 MiB, and its code wants some."""

MAX_WAITING = 32
"""Executions that wait for others in one context."""

KEEPALIVE_SECONDS = 5.0
"""How long a stream of events stands still at most; E2B's clients expect it."""

INTERRUPT_SECONDS = 0.3
"""How long an interrupt has effect before it is sent again: one that comes between two steps of a kernel is lost."""

MAX_INTERRUPTS = 100
"""How often it is sent at most; what has not ended by then catches them."""

START_SECONDS = 60.0
"""How long a kernel may take to answer; an emulated guest under load needs a few seconds."""

STOP_SECONDS = 10.0
"""How long a killed kernel may take to be gone; it is a moment on any guest that works."""

INTERPRETER_PORT = 49999
"""E2B's clients know no other."""
