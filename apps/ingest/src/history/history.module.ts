import { Module } from '@nestjs/common';
import { StreamsModule } from '../streams/streams.module.js';
import { HistoryController } from './history.controller.js';
import { HistoryCare } from './history-care.js';

/** What a stream has stored, to look at and to delete. */
@Module({ imports: [StreamsModule], controllers: [HistoryController], providers: [HistoryCare] })
export class HistoryModule {}
