import { Module } from '@nestjs/common';
import { Callers } from './callers.js';
import { ManagedStreams } from './managed-streams.js';
import { PublicAddress } from './public-address.js';
import { StreamViews } from './stream-view.js';
import { StreamsController } from './streams.controller.js';

@Module({
  controllers: [StreamsController],
  providers: [Callers, ManagedStreams, PublicAddress, StreamViews],
  exports: [Callers, ManagedStreams, PublicAddress],
})
export class StreamsModule {}
