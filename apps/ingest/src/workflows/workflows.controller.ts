import { Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Caller, type Principal, RequireScope } from '#libs/access';
import { AnswersInTime, ApiCall, ApiFields, readFields } from '#libs/service';
import { LIST_QUERY, listPage } from '../streams/list-page.js';
import { ManagedStreams } from '../streams/managed-streams.js';
import { PublicAddress } from '../streams/public-address.js';
import { PAGE_INFO_EXAMPLE, WORKFLOW_EXAMPLE } from '../streams/stream-example.js';
import { newWorkflow, workflowChange } from './workflow-fields.js';
import { workflowView } from './workflow-view.js';

/** Workflows. A workflow's code runs wherever its user runs it; here is what names its stream. */
@Controller('v1/workflows')
@AnswersInTime()
@RequireScope('manage')
export class WorkflowsController {
  constructor(
    private readonly streams: ManagedStreams,
    private readonly address: PublicAddress,
  ) {}

  @Post()
  @ApiCall({
    summary: 'Make a workflow; a name that is taken gets a number',
    status: 201,
    answer: WORKFLOW_EXAMPLE,
    problems: ['quota-exceeded'],
  })
  @ApiFields(newWorkflow, { name: 'orders' })
  async create(
    @Caller() caller: Principal,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const fields = await readFields(request, newWorkflow);
    const entry = await this.streams.create(caller, { kind: 'workflow', type: 'workflow', ...fields });
    response.location(`/v1/workflows/${entry.id}`);
    return workflowView(entry, this.address.baseFor(request));
  }

  @Get()
  @ApiCall({
    summary: 'The workflows of the workspace, oldest first',
    query: LIST_QUERY,
    answer: { data: [WORKFLOW_EXAMPLE] },
    others: [{ page_info: PAGE_INFO_EXAMPLE, data: [WORKFLOW_EXAMPLE] }],
  })
  async list(@Caller() caller: Principal, @Query() query: unknown, @Req() request: Request) {
    const base = this.address.baseFor(request);
    const { entries, head } = listPage(await this.streams.list(caller, 'workflow', ['manage']), query);
    return { ...head, data: entries.map((entry) => workflowView(entry, base)) };
  }

  @Get(':id')
  @ApiCall({ summary: 'One workflow', answer: WORKFLOW_EXAMPLE })
  async describe(@Param('id') idOrName: string, @Caller() caller: Principal, @Req() request: Request) {
    const entry = await this.streams.find(caller, 'workflow', idOrName, ['manage']);
    return workflowView(entry, this.address.baseFor(request));
  }

  @Put(':id')
  @ApiCall({
    summary: 'Change a workflow; what is left out stays',
    answer: WORKFLOW_EXAMPLE,
    problems: ['conflict'],
  })
  @ApiFields(workflowChange, { visibility: 'private' })
  async change(@Param('id') idOrName: string, @Caller() caller: Principal, @Req() request: Request) {
    const found = await this.streams.find(caller, 'workflow', idOrName, ['manage']);
    const entry = await this.streams.update(found, await readFields(request, workflowChange));
    return workflowView(entry, this.address.baseFor(request));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiCall({ summary: 'Delete a workflow with its stream and all its events' })
  async delete(@Param('id') idOrName: string, @Caller() caller: Principal): Promise<void> {
    await this.streams.delete(await this.streams.find(caller, 'workflow', idOrName, ['manage']));
  }
}
