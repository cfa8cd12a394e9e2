import { Module } from '@nestjs/common';
import { StreamsModule } from '../streams/streams.module.js';
import { HooksController } from './http/hooks.controller.js';
import { SourcesController } from './sources.controller.js';

@Module({ imports: [StreamsModule], controllers: [SourcesController, HooksController] })
export class SourcesModule {}
