// Encodes random objects with the TL runtime of npm @mtcute/tl, and writes again what was encoded elsewhere. Of every
// constructor: with no optional field, with all of them, with each alone, with all but each, and rounds of random ones.
// Reads {seed, rounds, ids: [constructor id], objects: [hex]} as JSON from standard input, prints
// {"encoded": [{"id", "hex" or "error"}], "rewritten": [{"hex" or "error"}]}.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import Long from 'long'
import { TlBinaryReader, TlBinaryWriter } from '@mtcute/tl-runtime'

const require = createRequire(import.meta.url)
const { __tlReaderMap: readers } = require('@mtcute/tl/binary/reader.js')
const { __tlWriterMap: writers } = require('@mtcute/tl/binary/writer.js')
const api = require('@mtcute/tl/api-schema.json').e
const mtproto = require('@mtcute/tl/mtp-schema.json')

const task = JSON.parse(readFileSync(0, 'utf8'))
const wanted = new Set(task.ids)
const entries = [...api, ...mtproto].filter((entry) => wanted.has(entry.id) && writers[entry.name])
const byType = new Map()
for (const entry of entries.filter((entry) => entry.kind === 'class')) {
  byType.set(entry.type, [...(byType.get(entry.type) ?? []), entry])
}
const byName = new Map(entries.map((entry) => [entry.name, entry]))

// mulberry32: the same objects for the same seed.
let state = task.seed >>> 0
function next(limit) {
  state = (state + 0x6d2b79f5) >>> 0
  let t = state
  t = Math.imul(t ^ (t >>> 15), t | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) % limit
}
const uint32 = () => next(0x10000) * 0x10000 + next(0x10000)
// Lengths on both sides of the short form's end, and mostly small ones.
const length = () => (next(16) === 0 ? 250 + next(10) : next(24))
const bytes = (count) => Uint8Array.from({ length: count }, () => next(256))
const letters = ['a', 'Z', '0', ' ', '\0', '\n', 'ф', 'ß', '中', '😀']
const text = () => Array.from({ length: length() }, () => letters[next(letters.length)]).join('')
const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())

// Objects inside objects end at this depth: from there on the plainest constructor and no optional fields.
const deepest = 3
const needs = (entry) =>
  entry.arguments.filter((f) => byType.has(f.type) && !f.typeModifiers?.predicate && !f.typeModifiers?.isVector)
const plainest = new Map()
for (let left = [...byType]; left.length > 0; left = left.filter(([type]) => !plainest.has(type))) {
  for (const [type, all] of left) {
    const ending = all.find((entry) => needs(entry).every((field) => plainest.has(field.type)))
    if (ending) plainest.set(type, ending)
  }
}

function single(type, depth) {
  switch (type) {
    case 'int': return uint32() | 0
    case 'int53': return next(0x200000) * 0x100000000 + uint32()
    case 'long': return new Long(uint32() | 0, uint32() | 0)
    case 'double': return (uint32() - 0x80000000) / 1024
    case 'string': return text()
    case 'bytes': return bytes(length())
    case 'int128': return bytes(16)
    case 'int256': return bytes(32)
    case 'Bool': return next(2) === 1
    case '!X': return { _: 'help.getConfig' }
  }
  if (byName.has(type)) return object(byName.get(type), depth + 1)
  const choices = byType.get(type)
  if (!choices) throw new Error(`no constructor of ${type} is among those asked for`)
  return object(depth < deepest ? choices[next(choices.length)] : plainest.get(type), depth + 1)
}

function value(field, depth) {
  const { isVector, isBareVector } = field.typeModifiers ?? {}
  if (!isVector && !isBareVector) return single(field.type, depth)
  // An optional empty vector is left out by this runtime, as if it were absent.
  const count = field.typeModifiers.predicate ? 1 + next(3) : depth < deepest ? next(4) : 0
  return Array.from({ length: count }, () => single(field.type, depth))
}

const predicateOf = (field) => field.typeModifiers?.predicate
const predicatesOf = (entry) => [...new Set(entry.arguments.map(predicateOf).filter(Boolean))]
const atRandom = () => next(2) === 1

// Fields of one flag come and go together, as the schema's authors mean them to.
function object(entry, depth = 0, isSet = atRandom) {
  const made = { _: entry.name }
  const set = new Set(depth <= deepest ? predicatesOf(entry).filter(isSet) : [])
  for (const field of entry.arguments) {
    if (field.type === '#' || (predicateOf(field) && !set.has(predicateOf(field)))) continue
    made[camel(field.name)] = field.type === 'true' ? true : value(field, depth)
  }
  return made
}

function* objects(entry) {
  for (let round = 0; round < task.rounds; round++) yield object(entry)
  const predicates = predicatesOf(entry)
  if (predicates.length === 0) return
  yield object(entry, 0, () => false)
  yield object(entry, 0, () => true)
  for (const one of predicates) {
    yield object(entry, 0, (predicate) => predicate === one)
    yield object(entry, 0, (predicate) => predicate !== one)
  }
}

// The runtime has no readers for methods, because clients need none: these are read by the schema.
const methods = new Map([...api, ...mtproto].filter((e) => e.kind === 'method').map((e) => [e.id, e]))
function readBoxed(reader) {
  const method = methods.get(reader.peekUint())
  if (!method) return reader.object()
  reader.uint()
  const read = { _: method.name }
  const flags = {}
  for (const field of method.arguments) {
    const [word, bit] = predicateOf(field)?.split('.') ?? []
    if (field.type === '#') flags[field.name] = reader.uint()
    else if (word && ((flags[word] >>> bit) & 1) === 0) continue
    else if (field.type === 'true') read[camel(field.name)] = true
    else if (field.typeModifiers?.isVector) read[camel(field.name)] = reader.vector(() => readOne(field.type, reader))
    else read[camel(field.name)] = readOne(field.type, reader)
  }
  return read
}
function readOne(type, reader) {
  switch (type) {
    case 'Bool': return reader.boolean()
    case 'int': case 'int53': case 'long': case 'double': case 'string': case 'bytes': case 'int128': case 'int256':
      return reader[type]()
    default: return readBoxed(reader)
  }
}

const hex = (array) => Buffer.from(array).toString('hex')
const encode = (made) => hex(TlBinaryWriter.serializeObject(writers, made))
function attempt(work) {
  try {
    return { hex: work() }
  } catch (error) {
    return { error: String(error) }
  }
}

const encoded = entries.flatMap((entry) =>
  Array.from(objects(entry), (made) => ({ id: entry.id, ...attempt(() => encode(made)) })),
)
const rewritten = task.objects.map((input) => {
  const bytes = Buffer.from(input, 'hex')
  return attempt(() => {
    const reader = new TlBinaryReader(readers, bytes)
    const read = readBoxed(reader)
    if (reader.pos !== bytes.length) throw new Error(`${bytes.length - reader.pos} bytes left behind ${read._}`)
    return encode(read)
  })
})
console.log(JSON.stringify({ encoded, rewritten }))
