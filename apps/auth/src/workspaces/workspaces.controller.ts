import type { IncomingMessage } from 'node:http';
import { Controller, Delete, Get, Header, HttpCode, Param, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { Caller, type Principal, RequireScope, type Workspace } from '#libs/access';
import { AnswersInTime, ApiFields, readFields } from '#libs/service';
import { nameField } from '../name-field.js';
import { Workspaces } from './workspaces.js';

const workspaceFields = z.strictObject({ name: nameField });

/** A workspace as the API shows it. */
export interface WorkspaceView {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
}

/** Tenants: only for the root key. */
@ApiTags('workspaces')
@Controller('v1/workspaces')
@AnswersInTime()
@RequireScope('manage')
export class WorkspacesController {
  constructor(private readonly workspaces: Workspaces) {}

  @Post()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Open a workspace; its first admin key is shown only now' })
  @ApiFields(workspaceFields)
  async open(
    @Caller() caller: Principal,
    @Req() request: IncomingMessage,
  ): Promise<WorkspaceView & { key: string }> {
    const { name } = await readFields(request, workspaceFields);
    const { workspace, key } = await this.workspaces.open(caller, name);
    return { ...workspaceView(workspace), key };
  }

  @Get()
  @ApiOperation({ summary: 'All workspaces' })
  async list(@Caller() caller: Principal): Promise<{ data: WorkspaceView[] }> {
    return { data: (await this.workspaces.list(caller)).map(workspaceView) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One workspace' })
  async find(@Caller() caller: Principal, @Param('id') id: string): Promise<WorkspaceView> {
    return workspaceView(await this.workspaces.find(caller, id));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a workspace with its keys and streams' })
  async delete(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    await this.workspaces.delete(caller, id);
  }
}

function workspaceView({ id, name, createdAt }: Workspace): WorkspaceView {
  return { id, name, created_at: new Date(createdAt).toISOString() };
}
