'use strict';
// The process of the tests: runs them, and says the verdict. Passed is what was evaluated to its end and then, in both processes, had
// nothing left to do.
const Module = require('module'), vm = require('vm'), { resolve } = require('path'), { readFileSync, writeSync } = require('fs');
const { reallyExit } = process;

function stop(verdict, why) {
  writeSync(5, `${verdict} ${String(why).split(/\s+/).join(' ').slice(0, 500)}\n`);
  reallyExit.call(process, 0);
}

const { open, explain } = require('./values.js');
const channel = open(true, stop);
const path = resolve('tests.js'), main = new Module(path, null);
main.filename = path;
main.paths = Module._nodeModulePaths(process.cwd());
process.argv[1] = path;
process.mainModule = require.cache[path] = main;

// What the program defines is found by name where the tests and the runtime have nothing of that name.
let read, exported;
const own = {
  __proto__: null,
  module: () => main,
  exports: () => main.exports,
  assert: () => require('assert'),
};
Object.defineProperty(main, 'exports', { get: () => exported ??= channel.ask('get', 'module.exports')[1], set: v => { exported = v; } });
const names = new Proxy(Object.create(null), {
  has: (_, name) => typeof name === 'string' && (name in own || !(name in globalThis) && (read = channel.ask('get', name))[0]),
  get: (_, name) => typeof name !== 'string' ? undefined : name in own ? own[name]() : read[1],
  set: (_, name, value) => { channel.ask('set', name, value); return true; },
});

// As long as the program has something left to do, its event loop turns when this one does.
let idle = false, evaluated = false;
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
process.on('beforeExit', () => { if (evaluated) stop('passed', ''); });

let tests;
try {
  const wrapped = `with (arguments[0]) return function (require, __filename, __dirname) {${readFileSync(path, 'utf8')}\n}`;
  tests = vm.compileFunction(wrapped, [], { filename: path, importModuleDynamically: vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER })(names);
} catch (e) { stop('unusable', `${e.name}: ${e.message}`); }
channel.answer();
setImmediate(turn);
tests.call({}, Module.createRequire(path), path, process.cwd());
evaluated = true;
