import type { IncomingMessage } from 'node:http';
import { Controller, Delete, Get, Header, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, type Principal, RequireScope } from '#libs/access';
import { AnswersInTime, ApiFields, readFields } from '#libs/service';
import { keyFields } from './key-fields.js';
import { type KeyView, keyView, type NewKeyView } from './key-view.js';
import { Keys } from './keys.js';
import type { NewKey } from './new-key.js';

/** API keys. A secret is in the answer that makes it, and in no other. */
@ApiTags('keys')
@Controller('v1/keys')
@AnswersInTime()
@RequireScope('manage')
export class KeysController {
  constructor(private readonly keys: Keys) {}

  @Post()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Make a key; its secret is shown only now' })
  @ApiFields(keyFields)
  async create(@Caller() caller: Principal, @Req() request: IncomingMessage): Promise<NewKeyView> {
    return newKeyView(await this.keys.create(caller, await readFields(request, keyFields)));
  }

  @Get()
  @ApiOperation({ summary: 'The keys of the workspace' })
  async list(@Caller() caller: Principal): Promise<{ data: KeyView[] }> {
    return { data: (await this.keys.list(caller)).map(keyView) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One key' })
  async find(@Caller() caller: Principal, @Param('id') id: string): Promise<KeyView> {
    return keyView(await this.keys.find(caller, id));
  }

  @Post(':id/rotate')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Replace the secret of a key; the old one stops at once' })
  async rotate(@Caller() caller: Principal, @Param('id') id: string): Promise<NewKeyView> {
    return newKeyView(await this.keys.rotate(caller, id));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Revoke a key; open connections end within 5 s' })
  async revoke(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    await this.keys.revoke(caller, id);
  }
}

function newKeyView({ record, text }: NewKey): NewKeyView {
  return { ...keyView(record), key: text };
}
