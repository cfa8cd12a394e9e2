const LINE_END = Buffer.from('\r\n');

/**
 * Takes the messages on some subjects out of what a nats-server sends, for {@link TcpProxy}: an announcement that
 * never arrives, while everything else does.
 *
 * @param dropped whether a subject's messages are to be lost; asked for each message
 */
export function withoutSubjects(dropped: (subject: string) => boolean): (bytes: Buffer) => Buffer {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    const passed: Buffer[] = [];
    for (let size = sizeOfFirst(rest); size !== undefined; size = sizeOfFirst(rest)) {
      const operation = rest.subarray(0, size);
      rest = rest.subarray(size);
      const subject = /^H?MSG (\S+)/.exec(operation.toString('latin1', 0, 512))?.[1];
      if (subject === undefined || !dropped(subject)) passed.push(operation);
    }
    return Buffer.concat(passed);
  };
}

/** Bytes of the first operation of the NATS protocol, or undefined while not all of it is here. */
function sizeOfFirst(bytes: Buffer): number | undefined {
  const lineEnd = bytes.indexOf(LINE_END);
  if (lineEnd < 0) return undefined;
  const line = bytes.toString('latin1', 0, lineEnd);
  // MSG <subject> <sid> [reply-to] <bytes>, and HMSG the same with <header bytes> before the total.
  const payload = /^H?MSG .*?(\d+)$/.exec(line)?.[1];
  const size = lineEnd + 2 + (payload === undefined ? 0 : Number(payload) + 2);
  return size <= bytes.length ? size : undefined;
}
