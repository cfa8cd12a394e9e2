import { Module } from '@nestjs/common';
import { StreamsModule } from '../streams/streams.module.js';
import { WorkflowsController } from './workflows.controller.js';

@Module({ imports: [StreamsModule], controllers: [WorkflowsController] })
export class WorkflowsModule {}
