import { Module } from '@nestjs/common';
import { ManagedStreams } from './managed-streams.js';
import { PublicAddress } from './public-address.js';
import { StreamViews } from './stream-view.js';
import { StreamsController } from './streams.controller.js';

@Module({
  controllers: [StreamsController],
  providers: [ManagedStreams, PublicAddress, StreamViews],
  exports: [ManagedStreams, PublicAddress],
})
export class StreamsModule {}
