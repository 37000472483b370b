import { badBody } from './api-error.ts';
import { JsonSyntaxError, type JsonValue, readJson } from './json-value.ts';

/** What a body is read into: fields by name, in any case. What else a body has is let pass. */
export interface Struct {
  /** Its type as messages name it: where it is expected, and before a field of it. */
  readonly type: string;
  readonly owner: string;
  readonly fields: readonly Field[];
}

/** A place for a value, by the type that messages name, or with places of its own. */
export interface Field {
  readonly name: string;
  readonly is: 'string' | 'bool' | 'int' | 'int64' | 'float32' | Struct;
  /** What messages call it, where that is not its name. */
  readonly told?: string;
}

/** Values as they were read, by the names of their fields. */
export type Filled = { [name: string]: string | boolean | bigint | number | Filled };

/** The value a body begins with. */
export function bodyValue(body: Buffer): JsonValue {
  try {
    return readJson(body);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw badBody(error.message);
    throw error;
  }
}

/** Fills the fields that a value has and leaves the others. What does not fit is passed over, and refused at the end. */
export function fill(into: Filled, struct: Struct, value: JsonValue): void {
  const misfits: string[] = [];
  fillStruct(into, value, { struct, misfits, place: { owner: '', path: [] } });
  refuse(misfits);
}

/** The same for each item of a list. */
export function fillEach<T extends Filled>(begin: () => T, struct: Struct, value: JsonValue): T[] {
  if (value.kind === 'null') return [];
  const misfits: string[] = [];
  const place = { owner: '', path: [] };
  if (value.kind !== 'array') misfits.push(misfit(value, `[]${struct.type}`, place));
  const filled = (value.kind === 'array' ? value.items : []).map((item) => {
    const into = begin();
    fillStruct(into, item, { struct, misfits, place });
    return into;
  });
  refuse(misfits);
  return filled;
}

interface Place {
  readonly owner: string;
  readonly path: readonly string[];
}

interface Wish {
  readonly struct: Struct;
  readonly place: Place;
  readonly misfits: string[];
}

function fillStruct(into: Filled, value: JsonValue, { struct, place, misfits }: Wish): void {
  if (value.kind === 'null') return;
  if (value.kind !== 'object') {
    misfits.push(misfit(value, struct.type, place));
    return;
  }
  for (const [name, member] of value.members) {
    const field = fieldCalled(name, struct);
    if (field === undefined || member.kind === 'null') continue;
    const inside = { owner: struct.owner, path: [...place.path, field.told ?? field.name] };
    if (typeof field.is !== 'string') {
      const nested = (into[field.name] ??= {}) as Filled;
      fillStruct(nested, member, { struct: field.is, place: inside, misfits });
      continue;
    }
    const read = readAs(field.is, member);
    if (read === undefined) misfits.push(misfit(member, field.is, inside));
    else into[field.name] = read;
  }
}

function fieldCalled(name: string, { fields }: Struct): Field | undefined {
  return (
    fields.find((field) => field.name === name) ??
    fields.find((field) => field.name.toUpperCase() === name.toUpperCase())
  );
}

/** Undefined when the value is not of that type. */
function readAs(type: Exclude<Field['is'], Struct>, value: JsonValue): Filled[string] | undefined {
  if (value.kind !== 'number') return value.kind === type ? value.value : undefined;
  if (type === 'float32') {
    const number = Math.fround(Number(value.text));
    return Number.isFinite(number) ? number : undefined;
  }
  if ((type !== 'int' && type !== 'int64') || !/^-?[0-9]+$/.test(value.text)) return undefined;
  const whole = BigInt(value.text);
  return BigInt.asIntN(64, whole) === whole ? whole : undefined;
}

function misfit(value: JsonValue, type: string, { owner, path }: Place): string {
  const isNumeric = /^(int|int64|float32)$/.test(type);
  const what = value.kind === 'number' && isNumeric ? `number ${value.text}` : value.kind;
  const where = path.length === 0 ? 'value' : `struct field ${owner}.${path.join('.')}`;
  return `json: cannot unmarshal ${what} into Go ${where} of type ${type}`;
}

function refuse(misfits: readonly string[]): void {
  if (misfits[0] !== undefined) throw badBody(misfits[0]);
}
