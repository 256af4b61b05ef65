'use strict';
// Calls and values between the candidate and the tester. A message is one line of JSON for the operation and its values, and one more for
// the contents of each object that the other side does not yet have in this state. An object has the same number on both sides, so it
// keeps its identity, and its changes travel back with the answer. Functions and promises stay where they are and are asked from afar.
// Only data is ever built from a message, so nothing that the other side sends is run here.
const { readSync, writeSync } = require('fs'), { types } = require('util');
const { parse, stringify } = JSON, { getPrototypeOf, setPrototypeOf, defineProperty, getOwnPropertyDescriptor, prototype: plain } = Object;
const LIMIT = 1 << 26;
const errors = ['Error', 'TypeError', 'RangeError', 'SyntaxError', 'ReferenceError', 'EvalError', 'URIError', 'AggregateError'];
const views = ['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float32Array',
  'Float64Array', 'BigInt64Array', 'BigUint64Array', 'DataView'];
const classes = [...errors, ...views, 'Object', 'Function', 'Array', 'Map', 'Set', 'WeakMap', 'WeakSet', 'Date', 'RegExp', 'Promise',
  'ArrayBuffer', 'String', 'Number', 'Boolean', 'BigInt', 'Symbol', 'Buffer'];
const usual = {
  a: Array.prototype, o: plain, m: Map.prototype, t: Set.prototype, d: Date.prototype, r: RegExp.prototype, p: Promise.prototype,
};
const wellKnown = new Map(Reflect.ownKeys(Symbol).filter(k => typeof Symbol[k] === 'symbol').map(k => [Symbol[k], k]));
const iterators = [Symbol.iterator, Symbol.asyncIterator];
const boxed = [Number, String, Boolean, BigInt, Symbol];
const text = ['toString', 'valueOf', 'toJSON'];
const bytesOf = o => ArrayBuffer.isView(o) ? Buffer.from(o.buffer, o.byteOffset, o.byteLength) : Buffer.from(o);
const native = f => /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(f));

function kindOf(o) {
  if (typeof o !== 'object') return typeof o === 'function' ? 'f' : 'y';
  return Array.isArray(o) ? 'a' : types.isMap(o) ? 'm' : types.isSet(o) ? 't' : types.isDate(o) ? 'd' : types.isRegExp(o) ? 'r' :
    types.isNativeError(o) ? 'e' : types.isPromise(o) ? 'p' : types.isArrayBufferView(o) || types.isAnyArrayBuffer(o) ? 'b' :
      types.isBoxedPrimitive(o) ? 'w' : 'o';
}

/** Of an exception: the verdict, and its text, which the program may have made hard to have. */
module.exports.explain = e => {
  try {
    const failed = e?.code === 'ERR_ASSERTION', named = typeof e === 'object' && e !== null && e.message !== undefined;
    return [failed ? 'assertion' : 'exception', named ? `${failed ? '' : `${e.name}: `}${e.message}` : String(e)];
  } catch { return ['exception', 'an error without a text']; }
};

/** The kinds of values that a program may add methods to. */
module.exports.extensible = ['Array', 'String', 'Number', 'Boolean', 'Function', 'Map', 'Set', 'Date', 'RegExp', 'Promise'];

/** One end. `trusted`: this is the tester. `stop(verdict, why)` ends the process where the other side ended or sent nonsense. */
module.exports.open = function open(trusted, stop) {
  const sign = trusted ? 1 : -1, ids = new Map(), objects = new Map(), sent = new Map(), fixed = new Set(), shapes = new Set();
  const builtins = new Map(), named = new Map(), waiting = new Map(), steady = new Map();
  const input = Buffer.allocUnsafe(65536);
  let last = 0, from = 0, to = 0;
  for (const name of classes) {
    named.set(`${name}.prototype`, globalThis[name].prototype);
    builtins.set(globalThis[name].prototype, `${name}.prototype`);
  }
  // Only the candidate is told to take a function of its own: what a program calls `f` must not become the tester's `eval`.
  for (const name of [...classes, 'parseInt', 'parseFloat', 'isNaN', 'isFinite', 'eval'])
    if (trusted) builtins.set(globalThis[name], name); else named.set(name, globalThis[name]);

  const broken = why => stop('exception', `the program broke the protocol: ${why}`);
  const foreign = o => Math.sign(ids.get(o)) === -sign;
  const know = (id, o) => { ids.set(o, id); objects.set(id, o); return o; };

  // ---- what is sent
  function atom(v, reached) {
    switch (typeof v) {
      case 'string': case 'boolean': return v;
      case 'number': return Number.isFinite(v) && !Object.is(v, -0) ? v : ['n', Object.is(v, -0) ? '-0' : `${v}`];
      case 'undefined': return ['u'];
      case 'bigint': return ['i', `${v}`];
    }
    if (v === null) return null;
    if (builtins.has(v)) return ['g', builtins.get(v)];
    if (!ids.has(v)) know(sign * ++last, v);
    if (!fixed.has(v) && !(typeof v === 'function' && foreign(v))) reached.add(v);
    return ['@', ids.get(v)];
  }

  const travels = (key, value) => typeof key === 'string' ? typeof value !== 'function' || !text.includes(key) :
    wellKnown.has(key) ? iterators.includes(key) : typeof value !== 'function' || Symbol.keyFor(key) === undefined;

  function content(o, reached) {
    const kind = kindOf(o), put = v => atom(v, reached), shape = shapes.has(o);
    if (kind === 'y') return ['y', wellKnown.get(o) ?? 0, Symbol.keyFor(o) ?? 0, o.description ?? 0];
    const props = [], hidden = [];
    const read = key => { try { return o[key]; } catch { return undefined; } };
    const shaped = p => { if (p !== null && typeof p === 'object' && !builtins.has(p)) shapes.add(p); return put(p); };
    if (kind === 'f') {
      const parent = getPrototypeOf(o), own = getOwnPropertyDescriptor(o, 'prototype')?.value;
      const holds = own !== null && typeof own === 'object' && !(trusted && getOwnPropertyDescriptor(own, 'constructor')?.value !== o);
      if (!trusted)
        for (const key of Reflect.ownKeys(o))
          if (!['length', 'name', 'prototype', 'arguments', 'caller'].includes(key) && travels(key, read(key)))
            props.push(put(key), put(read(key)));
      if (props.length === 0) fixed.add(o);
      return ['f', typeof parent === 'function' && parent !== Function.prototype && !trusted ? put(parent) : 0, 0, props, `${read('name')}`,
        +read('length') || 0, holds ? shaped(own) : 0];
    }
    if (trusted && kind === 'e' && read('code') === 'ERR_ASSERTION') {
      // What the tests expect stands in it.
      fixed.add(o);
      return [kind, put(Error.prototype), 0, [], '', ['u'], ['u']];
    }
    const proto = getPrototypeOf(o), array = kind === 'a', keys = kind === 'b' || kind === 'w' ? [] : Object.keys(o);
    const dense = array && keys.length === o.length && (keys.length === 0 || keys[keys.length - 1] === `${o.length - 1}`);
    if (!dense)
      for (const key of keys) {
        const accessor = shape && !('value' in getOwnPropertyDescriptor(o, key));
        if (!accessor && travels(key, read(key))) props.push(key, put(read(key)));
      }
    for (const key of Object.getOwnPropertySymbols(o))
      if (plain.propertyIsEnumerable.call(o, key) && travels(key, read(key))) props.push(put(key), put(read(key)));
    if (shape) {
      fixed.add(o);
      for (const key of Reflect.ownKeys(o)) {
        const { get, set, value, enumerable } = getOwnPropertyDescriptor(o, key);
        if (enumerable && !get && !set || typeof key === 'symbol' && !travels(key, value) || trusted && key === 'constructor') continue;
        // Of the tester's runtime nothing can be called from afar but what iterates.
        const internal = [get, set, value].some(f => typeof f === 'function' && native(f));
        if (trusted && internal && ![...iterators, 'next', 'return', 'throw'].includes(key)) continue;
        hidden.push(put(key), get ? put(get) : 0, set ? put(set) : 0, get || set ? 0 : put(value));
      }
    }
    const frozen = keys.length > 0 && Object.isFrozen(o) ? 1 : 0;
    const head = [kind, proto === usual[kind] ? 0 : shaped(proto), frozen, props];
    switch (kind) {
      case 'a': return [...head, dense ? Array.from(o, put) : o.length];
      case 'm': return [...head, [...Map.prototype.entries.call(o)].flat().map(put)];
      case 't': return [...head, [...Set.prototype.values.call(o)].map(put)];
      case 'd': return [...head, put(Date.prototype.getTime.call(o))];
      case 'r': return [...head, o.source, o.flags, put(o.lastIndex)];
      case 'e': return [...head, `${read('message')}`, put(getOwnPropertyDescriptor(o, 'cause')?.value),
          put(getOwnPropertyDescriptor(o, 'errors')?.value)];
      case 'w': return [...head, put(boxed.find(C => types[`is${C.name}Object`](o)).prototype.valueOf.call(o))];
      case 'b': {
        const name = Buffer.isBuffer(o) ? 'Buffer' : views.find(n => o instanceof globalThis[n]) ?? 'ArrayBuffer';
        return [...head, name, bytesOf(o).toString('base64')];
      }
      case 'p':
        fixed.add(o);
        Promise.prototype.then.call(o, v => settled(o, 'settle', v), e => settled(o, 'reject', e));
        return head;
      default: return [...head, hidden];
    }
  }

  function send(op, values, also = []) {
    const reached = new Set(), head = [op, values.map(v => atom(v, reached))], numbers = [], lines = [];
    for (const v of also) atom(v, reached);
    for (const o of reached) {
      const id = ids.get(o), line = stringify(content(o, reached));
      if (sent.get(id) !== line) { sent.set(id, line); numbers.push(id); lines.push(line); }
    }
    const body = [stringify([...head, numbers]), ...lines].join('\n'), length = Buffer.byteLength(body);
    if (length > LIMIT) throw new RangeError(`a value of ${length} bytes does not travel to the tests or from them; at most ${LIMIT} do`);
    const message = Buffer.allocUnsafe(4 + length);
    message.writeUInt32LE(length);
    message.write(body, 4);
    try {
      for (let done = 0; done < message.length;) done += writeSync(4, message, done);
    } catch { stop('ended', ''); }
  }

  // ---- what is received
  function fetch(size) {
    const taken = Buffer.allocUnsafe(size);
    for (let have = 0; have < size;) {
      if (from === to) {
        from = 0;
        to = readSync(3, input, 0, input.length);
        if (to === 0) stop('ended', '');
      }
      const got = input.copy(taken, have, from, to);
      have += got;
      from += got;
    }
    return taken;
  }

  function value(a) {
    if (!Array.isArray(a)) {
      if (a !== null && typeof a === 'object') throw new TypeError('a value is no value');
      return a;
    }
    switch (a[0]) {
      case 'u': return undefined;
      case 'n': return Number(a[1]);
      case 'i': return BigInt(a[1]);
      case 'g': if (named.has(a[1])) return named.get(a[1]); break;
      case '@': if (objects.has(a[1])) return objects.get(a[1]);
    }
    throw new TypeError('a value is none that it knows');
  }

  const remote = (id, constructs) => {
    const call = (self, args) => ask('call', objects.get(id), portable(self), ...args);
    return constructs ? function (...args) {
      if (!new.target) return call(this, args);
      const made = ask('new', objects.get(id), ...args);
      if (new.target !== objects.get(id)) setPrototypeOf(made, new.target.prototype);
      return made;
    } : { f(...args) { return call(this, args); } }.f;
  };
  // What a timer or an emitter calls its callbacks on is no value of the tests.
  const portable = self => Object(self) !== self || ids.has(self) ||
    self !== globalThis && (getPrototypeOf(self) === null || builtins.has(getPrototypeOf(self))) ? self : undefined;
  // Asked twice in a row, an object has one text and one number, and is not equal to both of two things.
  const once = f => ({
    f(...args) {
      const key = `${ids.get(f)} ${ids.get(this)} ${typeof args[0] === 'string' ? args[0] : ''}`;
      if (!steady.has(key)) { const result = f.apply(this, args); steady.set(key, result); }
      return steady.get(key);
    },
  }).f;

  function create(id, c) {
    if (!Number.isSafeInteger(id) || Math.sign(id) !== -sign) throw new TypeError('an object has a wrong number');
    switch (c[0]) {
      case 'a': return [];
      case 'o': return {};
      case 'm': return new Map();
      case 't': return new Set();
      case 'd': return new Date(0);
      case 'r': return new RegExp(c[4], c[5]);
      case 'e': return new Error(`${c[4]}`);
      case 'f': return remote(id, c[6] !== 0);
      case 'y': return c[1] ? Symbol[c[1]] : c[2] ? Symbol.for(c[2]) : Symbol(c[3] || undefined);
      case 'w': return Object(value(c[4]));
      case 'p': { const p = new Promise((resolve, reject) => waiting.set(id, { settle: resolve, reject })); return p; }
      case 'b': {
        const bytes = Buffer.from(c[5], 'base64'), buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
        if (c[4] === 'Buffer') return Buffer.from(buffer);
        if (c[4] === 'ArrayBuffer') return buffer;
        if (views.includes(c[4])) return new globalThis[c[4]](buffer);
      }
    }
    throw new TypeError('an object is of no known kind');
  }

  const keyOf = a => {
    const key = value(a);
    if (typeof key !== 'string' && typeof key !== 'symbol') throw new TypeError('a key is no key');
    return key;
  };
  const put = (o, key, v) =>
    Reflect.defineProperty(o, key, { __proto__: null, value: v, writable: true, enumerable: true, configurable: true });

  function fill(o, c, fresh) {
    const kind = c[0];
    if (kindOf(o) !== kind) throw new TypeError('an object has changed its kind');
    if (kind === 'y' || !fresh && (kind === 'f' && !foreign(o) || fixed.has(o))) return;
    if (kind === 'f') {
      const how = v => ({ __proto__: null, value: v, configurable: true });
      defineProperty(o, 'name', how(`${c[4]}`));
      defineProperty(o, 'length', how(Number(c[5])));
      if (c[6] !== 0) o.prototype = value(c[6]);
      if (c[1] !== 0) setPrototypeOf(o, value(c[1]));
    } else if (fresh && c[1] !== 0) setPrototypeOf(o, value(c[1]));
    const wanted = new Map();
    for (let i = 0; i < c[3].length; i += 2) wanted.set(keyOf(c[3][i]), value(c[3][i + 1]));
    if (kind === 'a') {
      const dense = Array.isArray(c[4]);
      Reflect.set(o, 'length', dense ? c[4].length : c[4]);
      if (dense)
        c[4].map(value).forEach((v, i) => { if (!Object.hasOwn(o, i)) put(o, i, v); else if (!Object.is(o[i], v)) Reflect.set(o, i, v); });
      if (!dense) for (const key of Object.keys(o)) if (!wanted.has(key)) Reflect.deleteProperty(o, key);
    } else if (kind === 'm' || kind === 't') {
      const values = c[4].map(value);
      usual[kind].clear.call(o);
      if (kind === 't') for (const v of values) Set.prototype.add.call(o, v);
      else for (let i = 0; i < values.length; i += 2) Map.prototype.set.call(o, values[i], values[i + 1]);
    } else if (kind === 'd') Date.prototype.setTime.call(o, value(c[4]));
    else if (kind === 'r') o.lastIndex = value(c[6]);
    else if (kind === 'b' && !fresh) {
      Buffer.from(c[5], 'base64').copy(bytesOf(o));
    } else if (kind === 'e')
      for (const [key, a] of [['message', c[4]], ['cause', c[5]], ['errors', c[6]]])
        if (value(a) !== undefined) defineProperty(o, key, { __proto__: null, value: value(a), writable: true, configurable: true });
    if (!['a', 'f', 'b'].includes(kind))
      for (const key of Object.keys(o)) if (!wanted.has(key) && (fresh || travels(key, o[key]))) Reflect.deleteProperty(o, key);
    for (const [key, v] of wanted) {
      const own = getOwnPropertyDescriptor(o, key);
      if (!own || own.writable && !Object.is(own.value, v) || own.set) own && kind !== 'f' ? Reflect.set(o, key, v) : put(o, key, v);
    }
    for (let i = 0; kind === 'o' && foreign(o) && i < c[4].length; i += 4) {
      const key = keyOf(c[4][i]), [get, set, v] = c[4].slice(i + 1, i + 4).map(a => a === 0 ? undefined : value(a));
      const steadily = trusted && typeof v === 'function' && text.includes(key) ? once(v) : v;
      defineProperty(o, key, get || set ? { __proto__: null, get, set, configurable: true } :
        { __proto__: null, value: steadily, writable: true, configurable: true });
    }
    if (c[2] === 1) Object.freeze(o);
  }

  function receive() {
    let op, values, numbers;
    try {
      const size = fetch(4).readUInt32LE();
      if (size > LIMIT) throw new RangeError(`a message of ${size} bytes, at most ${LIMIT} are read`);
      const lines = fetch(size).toString().split('\n');
      [op, values, numbers] = parse(lines[0]);
      const contents = numbers.map((_, i) => parse(lines[i + 1]));
      const fresh = numbers.map((id, i) => !objects.has(id) && know(id, create(id, contents[i])));
      numbers.forEach((id, i) => {
        const o = objects.get(id);
        fill(o, contents[i], fresh[i] !== false);
        sent.set(id, lines[i + 1]);
        if (contents[i][0] === 'p' || contents[i][0] === 'y' ||
          contents[i][0] === 'f' && contents[i][3].length === 0 || contents[i][0] === 'o' && contents[i][4].length > 0) fixed.add(o);
      });
      values = values.map(value);
    } catch (e) { broken(e.message); }
    return [op, values];
  }

  // ---- calls
  function handle(op, values) {
    const [f, ...rest] = values;
    let result;
    try {
      if (op === 'call' || op === 'new') {
        if (typeof f !== 'function' || (trusted ? !(ids.get(f) > 0) : ids.get(f) > 0))
          return broken('it calls what is no function of the tests');
        result = ['ok', op === 'call' ? Reflect.apply(f, rest[0], rest.slice(1)) : Reflect.construct(f, rest)];
      } else if (operations[op]) result = ['ok', operations[op](...values)];
      else return broken('it asks for what there is not');
    } catch (e) {
      // Neither may the program try values until an assertion of the tests holds.
      if (trusted && module.exports.explain(e)[0] === 'assertion') channel.escaped.add(e);
      result = ['throw', e];
    }
    try { send(result[0], [result[1]], rest); } catch (e) { send('throw', [e]); }
  }

  function ask(op, ...values) {
    if (typeof values[0] !== 'function' || !text.includes(values[0].name)) steady.clear();
    channel.asked(op);
    send(op, values);
    return answer();
  }

  /** The answer to what was sent, after all that the other side asks before it. */
  function answer() {
    for (;;) {
      const [op, values] = receive();
      if (op === 'ok') return values[0];
      if (op === 'throw') {
        channel.escaped.delete(values[0]);
        throw values[0];
      }
      if (op === 'failed' && trusted) stop(values[0] === 'assertion' ? 'assertion' : 'exception', values[1]);
      handle(op, values);
    }
  }

  // A promise is settled where it was made, and the other side hears of it when this one is idle.
  function settled(...news) { channel.news.push(news); channel.settled(); }
  function settle(promise, how, v) {
    const id = ids.get(promise), ends = waiting.get(id);
    waiting.delete(id);
    if (how === 'reject') channel.escaped.delete(v);
    if (ends) ends[how === 'settle' ? how : 'reject'](v);
  }

  const operations = {};
  const channel = {
    foreign, ask, answer, handle, receive, send, settle, operations, escaped: new Set(), news: [], asked() { }, settled() { },
  };
  return channel;
};
