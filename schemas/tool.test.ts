import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ToolName } from './agent.js';
import { parse } from './parse.js';
import { TOOL_DESCRIPTIONS, TOOL_INPUTS } from './tool.js';

describe('the contracts of tools', () => {
  it.each(ToolName.options.filter((name) => name !== 'submit'))(
    '%s is one flat, closed object to every provider',
    (name) => {
      const schema = z.toJSONSchema(TOOL_INPUTS[name], { io: 'input' });
      expect(schema).toMatchObject({ type: 'object', additionalProperties: false, properties: expect.anything() });
      for (const word of ['anyOf', 'oneOf', 'allOf']) expect(Object.keys(schema)).not.toContain(word);
      expect(TOOL_DESCRIPTIONS[name].length).toBeGreaterThan(20);
    },
  );

  it('ask for no more than they must', () => {
    const required = ToolName.options.map((name) => [
      name,
      z.toJSONSchema(TOOL_INPUTS[name], { io: 'input' }).required,
    ]);
    expect(Object.fromEntries(required)).toMatchObject({
      list: undefined,
      search: ['pattern'],
      edit: ['path', 'old', 'new'],
      run: ['command'],
      ask: ['question'],
    });
  });

  it('name what is wrong with a call', () => {
    const problems = (name: ToolName, input: unknown) => () => parse(TOOL_INPUTS[name], input, name);
    expect(problems('read', {})).toThrow('either path or output');
    expect(problems('read', { path: 'a', output: 'f'.repeat(64) })).toThrow('either path or output');
    expect(problems('search', { pattern: 'x', kind: 'syntax' })).toThrow('language');
    expect(problems('edit', { path: 'a', old: 'x', new: 'x' })).toThrow('the same as old');
    expect(problems('run', { command: 'x', sudo: true })).toThrow('unknown field sudo');
    expect(problems('split_me', { because: 'x', parts: ['one'] })).toThrow('parts');
  });
});
