import { All, Controller, Param, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { StreamDirectory } from '#libs/catalogue';
import { MAX_PAYLOAD_BYTES, Problem } from '#libs/contracts';
import { AnswersInTime, ApiCall, isPreflight, readBody, spanOf } from '#libs/service';
import { during, Traces } from '#libs/tracing';
import { PublishRates } from '../../publish/publish-rates.js';
import { sendSpan } from '../../publish/send-span.js';
import { SourceFailure } from '../reports/source-failure.js';
import { SourceTools } from '../source-tools.js';
import { hookEvent } from './hook-event.js';
import { answerOf, type HookAnswer } from './http-answer.js';
import { httpSource, readHttpSettings } from './http-source.js';
import { signatureFault } from './signature/signature.js';

/**
 * The endpoints of `http` sources. Whoever knows the address may send; what is sent becomes an event, whatever it
 * is, and the sender is answered after JetStream has stored it.
 */
@Controller('hooks')
@AnswersInTime()
@ApiTags('Sources')
export class HooksController {
  constructor(
    private readonly directory: StreamDirectory,
    private readonly tools: SourceTools,
    private readonly rates: PublishRates,
    private readonly traces: Traces,
  ) {}

  @All([':token', ':token/*rest'])
  @ApiCall({
    summary: 'The endpoint of an http source: any request, by any method, becomes an event',
    status: 200,
    answer: { status: 'ok' },
    problems: ['bad-credential', 'too-large'],
  })
  async receive(@Param('token') token: string, @Req() request: Request, @Res() response: Response) {
    letPagesSend(request, response);
    const entry = await this.directory.byEndpointToken(token);
    if (entry === undefined || !entry.active || entry.type !== httpSource.name) {
      throw new Problem('not-found', 'There is no active source at this address.');
    }
    this.rates.check(entry.id);
    const { emitter, reports } = this.tools;
    const { response: answer, signature } = readHttpSettings(entry.settings);
    const body = await readBody(request, { limitBytes: MAX_PAYLOAD_BYTES });
    const { method, originalUrl: target, headers } = request;
    const fault = signature && signatureFault(signature, { headers, body, receivedAt: Date.now() });
    if (fault !== undefined) {
      reports.failed(entry.id, new SourceFailure(`A request was refused: ${fault}`));
      throw new Problem('bad-credential', fault);
    }
    this.rates.take(entry.id, 1);
    const span = sendSpan(this.traces.recorder, spanOf(request)?.headers, entry, 1);
    const { stored } = await during(span, () =>
      emitter.emit(entry, [{ value: hookEvent({ method, target, headers }, body) }], {
        trace: span?.headers,
      }),
    );
    reports.succeeded(entry.id);
    reports.say(entry.id, stored === 0 ? `${method}: left out, seen before` : `${method}: stored`);
    send(response, answerOf(answer));
  }
}

/** Any website may send to an endpoint it knows: there is nothing to read there, and no cookie counts. */
function letPagesSend(request: Request, response: Response): void {
  response.setHeader('Access-Control-Allow-Origin', '*');
  if (!isPreflight(request)) return;
  response.setHeader('Access-Control-Allow-Methods', request.get('access-control-request-method') ?? '*');
  response.setHeader('Access-Control-Allow-Headers', request.get('access-control-request-headers') ?? '*');
}

function send(response: Response, { status, contentType, text }: HookAnswer): void {
  response.statusCode = status;
  response.setHeader('Cache-Control', 'no-store');
  if (text === undefined) {
    response.end();
    return;
  }
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.end(text);
}
