import { applyDecorators } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';
import { ApiCall, type CallDescription } from '#libs/service';

const QUERY = {
  replay: 'Newest events to begin with where there is no cursor, 0 to 100. Left out: 100',
  'channel[]': 'Only events of these channels. Left out: all',
  last_event_id: 'A cursor: what follows it comes first',
};

const EXAMPLE = `retry: 2750

:keepalive

id: 3af5f042b998-140
event: prices
data: {"EUR":1.07}

`;

/** Describes an event stream, which anybody may open who has a credential for it, and all where it is public. */
export function ApiStream({ query = {}, ...call }: CallDescription): MethodDecorator {
  return applyDecorators(
    ApiCall({
      answer: EXAMPLE,
      headers: { 'Last-Event-ID': 'The cursor of the last event that was seen; it wins over the query' },
      problems: ['malformed-request', 'no-credential', 'not-allowed', 'not-found', 'too-many-connections'],
      ...call,
      query: { ...query, ...QUERY },
    }),
    ...[{}, { bearer: [] }, { ticket: [] }, { cookie: [] }].map((requirement) => ApiSecurity(requirement)),
  );
}
