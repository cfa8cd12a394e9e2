import type { IncomingMessage } from 'node:http';
import { Controller, Delete, Get, Header, HttpCode, Param, Post, Req } from '@nestjs/common';
import { Caller, type Principal, RequireScope } from '#libs/access';
import { AnswersInTime, ApiCall, ApiFields, readFields } from '#libs/service';
import { KEY_EXAMPLE, NEW_KEY_EXAMPLE } from './key-example.js';
import { keyFields } from './key-fields.js';
import { type KeyView, keyView, type NewKeyView } from './key-view.js';
import { Keys } from './keys.js';
import type { NewKey } from './new-key.js';

/** API keys. A secret is in the answer that makes it, and in no other. */
@Controller('v1/keys')
@AnswersInTime()
@RequireScope('manage')
export class KeysController {
  constructor(private readonly keys: Keys) {}

  @Post()
  @Header('Cache-Control', 'no-store')
  @ApiCall({ summary: 'Make a key; its secret is shown only now', status: 201, answer: NEW_KEY_EXAMPLE })
  @ApiFields(keyFields, { name: 'website', scopes: ['subscribe'], streams: KEY_EXAMPLE.streams })
  async create(@Caller() caller: Principal, @Req() request: IncomingMessage): Promise<NewKeyView> {
    return newKeyView(await this.keys.create(caller, await readFields(request, keyFields)));
  }

  @Get()
  @ApiCall({ summary: 'The keys of the workspace', answer: { data: [KEY_EXAMPLE] } })
  async list(@Caller() caller: Principal): Promise<{ data: KeyView[] }> {
    return { data: (await this.keys.list(caller)).map(keyView) };
  }

  @Get(':id')
  @ApiCall({ summary: 'One key', answer: KEY_EXAMPLE })
  async find(@Caller() caller: Principal, @Param('id') id: string): Promise<KeyView> {
    return keyView(await this.keys.find(caller, id));
  }

  @Post(':id/rotate')
  @Header('Cache-Control', 'no-store')
  @ApiCall({
    summary: 'Replace the secret of a key; the old one stops at once',
    status: 201,
    answer: NEW_KEY_EXAMPLE,
  })
  async rotate(@Caller() caller: Principal, @Param('id') id: string): Promise<NewKeyView> {
    return newKeyView(await this.keys.rotate(caller, id));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiCall({ summary: 'Revoke a key; open connections end within 5 s' })
  async revoke(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    await this.keys.revoke(caller, id);
  }
}

function newKeyView({ record, text }: NewKey): NewKeyView {
  return { ...keyView(record), key: text };
}
