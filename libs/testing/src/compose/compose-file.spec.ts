import { describe, expect, it } from '@jest/globals';
import { readComposeFile } from './compose-file.js';

const FILE = `
# \${COMMENTED:?out}
x-all: &all
  A: \${A:?set A}
services:
  one:
    image: some/image:1
    deploy: { replicas: 2 }
    environment:
      <<: *all
      B: \${B:-default}
      N: 3
  two:
    build: { context: ., target: two }
    profiles: [extra]
`;

describe('a compose file', () => {
  it('is read with its variables, merges and replicas', () => {
    const services = readComposeFile(FILE, { A: 'a' });
    expect(services.get('one')).toMatchObject({
      image: 'some/image:1',
      replicas: 2,
      environment: { A: 'a', B: 'default', N: '3' },
    });
    expect(services.get('two')).toMatchObject({
      build: { target: 'two' },
      replicas: 1,
      environment: {},
      profiles: ['extra'],
    });
  });

  it('is refused where a variable is missing, in the words of the file', () => {
    expect(() => readComposeFile(FILE, {})).toThrow(/A.* is not set: set A$/);
  });
});
