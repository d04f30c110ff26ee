import { EdmeshError } from './errors.ts';

/** Which product a module asks for: `label[:instance[:process]]`. An empty process means the current one. */
export interface InputTag {
  readonly label: string;
  readonly instance: string;
  readonly process: string;
}

const part = /^[A-Za-z0-9_]*$/;

/** Reads an input tag; throws `EDMESH_INPUT_TAG` when it has no label, too many parts or characters that no label has. */
export function parseInputTag(text: string): InputTag {
  const parts = text.split(':');
  const [label = '', instance = '', process = ''] = parts;
  if (label === '' || parts.length > 3 || !parts.every((each) => part.test(each))) {
    throw new EdmeshError(
      'EDMESH_INPUT_TAG',
      `'${text}' is not an input tag; write label, label:instance or label:instance:process`,
      { fields: { tag: text } },
    );
  }
  return { label, instance, process };
}

/** An input tag as people write it, without trailing empty parts. */
export function formatInputTag(tag: InputTag): string {
  if (tag.process !== '') return `${tag.label}:${tag.instance}:${tag.process}`;
  return tag.instance === '' ? tag.label : `${tag.label}:${tag.instance}`;
}
