import { Module } from '@nestjs/common';
import { StreamsModule } from '../streams/streams.module.js';
import { HistoryController } from './history.controller.js';

/** What a stream has stored, to look at and to delete. */
@Module({ imports: [StreamsModule], controllers: [HistoryController] })
export class HistoryModule {}
