// Evaluates what comes on one descriptor and answers on another, a line of JSON each. The evaluation is that of Node's own REPL: top-level
// await, import(), require, values of expressions, and an interrupt that ends the evaluation and not the process.
'use strict';

const fs = require('fs');
const repl = require('repl');
const readline = require('readline');
const { PassThrough } = require('stream');
const { inspect } = require('util');

const requestDescriptor = Number(process.env.OMNIRUN_REQUESTS);
const answerDescriptor = Number(process.env.OMNIRUN_ANSWERS);
delete process.env.OMNIRUN_REQUESTS;
delete process.env.OMNIRUN_ANSWERS;

const MIME_METHODS = {
  _toHtml: 'text/html',
  _toSvg: 'image/svg+xml',
  _toPng: 'image/png',
  _toJpeg: 'image/jpeg',
  _toMarkdown: 'text/markdown',
  _toLatex: 'text/latex',
  _toJson: 'application/json',
};

// Each answer has the number of the request that is evaluated: what a timer of an earlier one says later is told apart.
let current = 0;

function answer(message) {
  let line = Buffer.from(JSON.stringify({ ...message, number: current }) + '\n');
  while (line.length > 0) {
    line = line.subarray(fs.writeSync(answerDescriptor, line));
  }
}

// What a value is shown as; a value may say it itself with the methods that IJavascript's users know.
function bundle(value) {
  const data = { 'text/plain': inspect(value) };
  if (value !== null && typeof value === 'object') {
    if (typeof value._toMime === 'function') Object.assign(data, value._toMime());
    for (const [method, mime] of Object.entries(MIME_METHODS)) {
      if (typeof value[method] === 'function') data[mime] = value[method]();
    }
  }
  return data;
}

function show(mime) {
  return (content) => answer({ main: false, data: { [mime]: content } });
}

const display = (value) => answer({ main: false, data: bundle(value) });
Object.assign(display, {
  text: show('text/plain'),
  html: show('text/html'),
  svg: show('image/svg+xml'),
  png: show('image/png'),
  jpeg: show('image/jpeg'),
  markdown: show('text/markdown'),
  latex: show('text/latex'),
  json: show('application/json'),
  mime: (data) => answer({ main: false, data }),
});

// Errors that no execution waits for end up here, too.
const complaints = new PassThrough();
complaints.on('data', (chunk) => fs.writeSync(2, chunk));
const server = repl.start({
  prompt: '',
  input: new PassThrough(),
  output: complaints,
  terminal: false,
  useGlobal: true,
  breakEvalOnSigint: true,
});
for (const name of ['display', '$$']) {
  Object.defineProperty(globalThis, name, { value: display, configurable: true, writable: true });
}
// The REPL gives errors to its domain: those of an evaluation, and those that code throws later, out of a timer say.
let settle = null;
server._domain.removeAllListeners('error');
server._domain.on('error', (error) => {
  if (settle) settle(error);
  else console.error('Uncaught', error);
});
// While code runs, the REPL watches for SIGINT by itself, and a listener here would undo that. While code is awaited, the REPL wants to be told;
// otherwise there is nothing to interrupt.
const interrupt = () => settle && server.emit('SIGINT');
process.on('SIGINT', interrupt);
process.on('unhandledRejection', (reason) => console.error('Unhandled rejection:', reason));

function failure(error) {
  const cause = error instanceof repl.Recoverable ? error.err : error;
  if (cause instanceof Error || (cause !== null && typeof cause === 'object' && 'stack' in cause)) {
    const interrupted = cause.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED';
    return {
      name: interrupted ? 'KeyboardInterrupt' : String(cause.name),
      value: String(cause.message),
      traceback: String(cause.stack),
    };
  }
  return { name: 'Thrown', value: inspect(cause), traceback: `Thrown: ${inspect(cause)}` };
}

function withVariables(variables) {
  const before = Object.keys(variables).map((name) => [name, process.env[name]]);
  Object.assign(process.env, variables);
  return () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
}

function evaluate({ number, code, variables }) {
  current = number;
  const restore = withVariables(variables);
  const finish = (error, value) => {
    if (settle !== finish) return; // It has failed already.
    settle = null;
    restore();
    try {
      if (error) return answer({ error: failure(error) });
      if (value !== undefined) answer({ main: true, data: bundle(value) });
    } catch (unshowable) {
      return answer({ error: failure(unshowable) });
    }
    return answer({});
  };
  settle = finish;
  process.removeListener('SIGINT', interrupt);
  server.eval(code + '\n', server.context, 'cell', finish);
  process.on('SIGINT', interrupt);
}

readline
  .createInterface({ input: fs.createReadStream(null, { fd: requestDescriptor }) })
  .on('line', (line) => evaluate(JSON.parse(line)))
  .on('close', () => process.exit(0));

answer({});
