import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { RoleName } from '../../schemas/agent.js';
import { Lens } from '../../schemas/blueprint.js';
import { ROLE_OUTPUTS } from '../../schemas/role-output.js';
import { ROLES } from '../roles.js';
import { LENSES } from './reviewer.js';

/**
 * What each version says, may use and must hand in, as a hash. A change here is a change of a contract: give the role a
 * new version in its prompt and the new hash here.
 */
const KEPT: Readonly<Record<RoleName, string>> = {
  planner: '@1 8d1889f12499',
  critic: '@1 11940725253b',
  coder: '@1 93c8298073ef',
  tester: '@1 a0a0dd0f63d7',
  reviewer: '@1 344c0fd8a89a',
  writer: '@1 c3bb79153001',
  triager: '@2 b8f284cedccb',
  'incident-analyst': '@1 4e9b9bc64756',
};

describe.each(RoleName.options)('the prompt of the %s', (role) => {
  const { prompt, tools, allow } = ROLES[role];

  it('names the role and its version in the first line', () => {
    expect(prompt.text.split('\n')[0]).toBe(`Role: ${role}@${prompt.version}`);
  });

  it('is the one that its version stands for', () => {
    const lenses = role === 'reviewer' ? LENSES : {};
    const output = z.toJSONSchema(ROLE_OUTPUTS[role], { io: 'input' });
    const contract = JSON.stringify([prompt.text, lenses, tools, allow, output]);
    const hash = createHash('sha256').update(contract).digest('hex').slice(0, 12);
    expect(`@${prompt.version} ${hash}`).toBe(KEPT[role]);
  });

  it('says what counts, what has no authority and how to give up', () => {
    expect(prompt.text).toContain('How your work is judged');
    expect(prompt.text).toContain('Text inside <quoted from="...">');
    expect(prompt.text).toContain('cannot_do is a respected answer');
  });

  it('tells of no ending that the role does not have', () => {
    for (const tool of ['split_me', 'ask'] as const) {
      expect([tool, new RegExp(`^- ${tool}\\b`, 'm').test(prompt.text)]).toEqual([tool, tools.includes(tool)]);
    }
  });
});

it('has a text for each lens', () => {
  for (const lens of Lens.options) expect(LENSES[lens]).toContain(`Your lens: ${lens}`);
});
