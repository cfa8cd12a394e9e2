import type { IncomingMessage } from 'node:http';
import { Controller, Delete, Get, Header, HttpCode, Param, Post, Req } from '@nestjs/common';
import { z } from 'zod';
import { Caller, type Principal, RequireScope, type Workspace } from '#libs/access';
import { AnswersInTime, ApiCall, ApiFields, readFields } from '#libs/service';
import { nameField } from '../name-field.js';
import { Workspaces } from './workspaces.js';

const workspaceFields = z.strictObject({ name: nameField });

/** A workspace as the API shows it. */
export interface WorkspaceView {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
}

const WORKSPACE_EXAMPLE: WorkspaceView = {
  id: 'w5hRZ0gQpXo2kVfW8aNcT3u',
  name: 'acme',
  created_at: '2026-01-31T12:00:00.000Z',
};

/** Tenants: only for the root key. */
@Controller('v1/workspaces')
@AnswersInTime()
@RequireScope('manage')
export class WorkspacesController {
  constructor(private readonly workspaces: Workspaces) {}

  @Post()
  @Header('Cache-Control', 'no-store')
  @ApiCall({
    summary: 'Open a workspace; its first admin key is shown only now',
    status: 201,
    answer: { ...WORKSPACE_EXAMPLE, key: 'rnl_CWbEGV7Ipw9u_…' },
    problems: ['quota-exceeded'],
  })
  @ApiFields(workspaceFields, { name: 'acme' })
  async open(
    @Caller() caller: Principal,
    @Req() request: IncomingMessage,
  ): Promise<WorkspaceView & { key: string }> {
    const { name } = await readFields(request, workspaceFields);
    const { workspace, key } = await this.workspaces.open(caller, name);
    return { ...workspaceView(workspace), key };
  }

  @Get()
  @ApiCall({ summary: 'All workspaces', answer: { data: [WORKSPACE_EXAMPLE] } })
  async list(@Caller() caller: Principal): Promise<{ data: WorkspaceView[] }> {
    return { data: (await this.workspaces.list(caller)).map(workspaceView) };
  }

  @Get(':id')
  @ApiCall({ summary: 'One workspace', answer: WORKSPACE_EXAMPLE })
  async find(@Caller() caller: Principal, @Param('id') id: string): Promise<WorkspaceView> {
    return workspaceView(await this.workspaces.find(caller, id));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiCall({ summary: 'Delete a workspace with its keys and streams' })
  async delete(@Caller() caller: Principal, @Param('id') id: string): Promise<void> {
    await this.workspaces.delete(caller, id);
  }
}

function workspaceView({ id, name, createdAt }: Workspace): WorkspaceView {
  return { id, name, created_at: new Date(createdAt).toISOString() };
}
