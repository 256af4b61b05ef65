'use strict';
// The process of the program: runs it as node runs a file, then answers the tests.
const Module = module.constructor, { resolve } = require('path'), { readFileSync } = require('fs');
const { setImmediate, setTimeout, clearTimeout } = globalThis, { reallyExit } = process;
const { open, explain, extensible } = require('./values.js');
const channel = open(false, (verdict, why) => {
  if (why) console.error(why);
  reallyExit.call(process, why ? 1 : 0);
});
const { send, receive, handle, operations, settle, news } = channel;
let scope, idle = false, timer, turning = false;

const path = resolve('program.js'), program = new Module(path, null);
const answer = readFileSync(path, 'utf8').replace(/^#!.*/, '');
program.filename = path;
program.paths = Module._nodeModulePaths(process.cwd());
process.argv[1] = path;
process.mainModule = require.cache[path] = program;

// The names of the program are found by a function in its midst, which stands first, so that a `return` does not leave it out.
const hook = `evalharness_scope_${process.pid}`, strict = /^(?:\s|\/\/.*|\/\*[^]*?\*\/)*(['"])use strict\1/.test(answer);
globalThis[hook] = f => { scope = f; delete globalThis[hook]; };
const opening = `${strict ? "'use strict';" : ''}${hook}(function () { 'use strict'; return eval(arguments[0]); });`;

const prototypes = extensible.map(kind => globalThis[kind].prototype), methods = prototypes.map(p => new Set(Reflect.ownKeys(p)));
const runtime = new Set(Object.getOwnPropertyNames(globalThis));
operations.get = name => {
  try {
    const value = scope(name);
    return [!runtime.has(name) || value !== globalThis[name], value];
  } catch (e) {
    if (e instanceof ReferenceError && e.message === `${name} is not defined`) return [false];
    throw e;
  }
};
operations.set = (name, value) => { scope(`${name} = arguments[1]`, value); };
operations.settle = settle;

// The tests wait for the next request's answer, so this waits for the next request; `turn` is when they have gone back to their event loop.
function serve() {
  for (;;) {
    const [op, values] = receive();
    if (op === 'turn') break;
    handle(op, values);
  }
  turning = true;
  setImmediate(() => { });
  timer = setTimeout(reply, 1);
  timer.unref();
}

function reply() {
  if (!turning) return;
  turning = false;
  clearTimeout(timer);
  send('ok', [[idle, ...news.splice(0)]]);
  idle = false;
  serve();
}

channel.settled = () => setImmediate(reply);
process.on('beforeExit', () => { idle = true; reply(); });
process.on('uncaughtException', e => { send('failed', explain(e)); reallyExit.call(process, 1); });
// Nearly all tests begin with this, and in one file with them a program would find it.
Object.defineProperty(globalThis, 'assert', {
  configurable: true, get: () => require('assert'), set: value => Object.defineProperty(globalThis, 'assert', { value, writable: true }),
});
program._compile(opening + answer, path);
program.loaded = true;
// What the program adds to the runtime's own kinds of values, as in `Array.prototype.last = function () { ... }`.
const added = [];
prototypes.forEach((p, i) => {
  for (const key of Object.getOwnPropertyNames(p))
    if (!methods[i].has(key) && typeof p[key] === 'function') added.push([extensible[i], key, p[key]]);
});
send('ok', [added]);
serve();
