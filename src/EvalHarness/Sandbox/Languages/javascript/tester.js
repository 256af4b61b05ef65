'use strict';
// The process of the tests: runs them, and says the verdict. Passed is what was evaluated to its end and then, in both processes, had
// nothing left to do.
const Module = module.constructor, { resolve } = require('path'), { readFileSync, writeSync } = require('fs');
const { reallyExit } = process, hook = '__evalharness';

function stop(verdict, why) {
  writeSync(5, `${verdict} ${String(why).split(/\s+/).join(' ').slice(0, 500)}\n`);
  reallyExit.call(process, 0);
}

const { open, explain, extensible } = require('./values.js');
const channel = open(true, stop);
const path = resolve('tests.js'), main = new Module(path, null);
main.filename = path;
main.paths = Module._nodeModulePaths(process.cwd());
process.argv[1] = path;
process.mainModule = require.cache[path] = main;

// What the program defines is found by name, where the tests and the runtime have nothing of that name, or the runtime has what a task may
// well ask for.
let read, exported;
const asked = ['escape', 'unescape', 'encodeURI', 'encodeURIComponent', 'decodeURI', 'decodeURIComponent', 'atob', 'btoa'];
const own = {
  __proto__: null,
  module: () => main,
  exports: () => main.exports,
  assert: () => require('assert'),
};
const names = new Proxy(Object.create(null), {
  has: (_, name) => typeof name === 'string' &&
    (name in own || (!(name in globalThis) || asked.includes(name)) && (read = channel.ask('get', name))[0]),
  get: (_, name) => typeof name !== 'string' ? undefined : name in own ? own[name]() : read[1],
  set: (_, name, value) => { channel.ask('set', name, value); return true; },
});

// As long as the program has something left to do, its event loop turns when this one does.
let idle = false, evaluated = false, waiting = false;
channel.asked = op => {
  if (idle && op !== 'turn') setImmediate(turn);
  idle = false;
};
function turn() {
  const [done, ...news] = channel.ask('turn');
  for (const [promise, how, value] of news) channel.settle(promise, how, value);
  if (done) idle = true; else setImmediate(turn);
}
channel.settled = () => { for (const news of channel.news.splice(0)) channel.ask('settle', ...news); };

process.on('uncaughtException', e => {
  const [verdict, text] = explain(e), missing = !channel.foreign(e) && e?.code === 'MODULE_NOT_FOUND';
  stop(missing ? 'unusable' : verdict, text);
});
process.on('beforeExit', () => {
  for (const e of channel.escaped) stop(...explain(e));
  if (waiting) stop('exception', 'the tests wait for a promise that is never settled');
  if (evaluated) stop('passed', '');
});

// Its messages could be coloured, so assert asks for the standard error and all that it is made of, and few tests need that.
const source = readFileSync(path, 'utf8'), stderr = Object.getOwnPropertyDescriptor(process, 'stderr');
if (source.includes('assert')) {
  Object.defineProperty(process, 'stderr', { configurable: true, value: { isTTY: false } });
  require('assert');
  Object.defineProperty(process, 'stderr', stderr);
}
// Tests that end with the call of an asynchronous function have ended when its promise has. Only eval gives the value of the last statement.
const isAsync = /\basync\b|\bPromise\b|\.then\b/.test(source);
try {
  globalThis[hook] = [names, undefined];
  const body = isAsync ? 'return eval(arguments[3])' : source;
  if (isAsync) new Function(source);
  main._compile(`with (${hook}[0]) ${hook}[1] = function (require, __filename, __dirname) {${body}\n};`, path);
} catch (e) { stop('unusable', `${e.name}: ${e.message}`); }
const tests = globalThis[hook][1];
delete globalThis[hook];
Object.defineProperty(main, 'exports', { get: () => exported ??= channel.ask('get', 'module.exports')[1], set: v => { exported = v; } });
// Only what the tests call and the runtime does not have.
for (const [kind, key, f] of channel.answer())
  if (extensible.includes(kind) && typeof f === 'function' && /^[a-z_$][\w$]*$/i.test(key) && source.includes(`.${key}`) &&
    !['then', 'toJSON'].includes(key) && !(key in globalThis[kind].prototype))
    Object.defineProperty(globalThis[kind].prototype, key, { value: f, configurable: true });
setImmediate(turn);
const last = tests.call({}, Module.createRequire(path), path, process.cwd(), source);
if (isAsync && last instanceof Promise) {
  waiting = true;
  last.then(() => { waiting = false; });
}
evaluated = true;
