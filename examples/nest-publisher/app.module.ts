import { Module } from '@nestjs/common';
import { ClientsModule } from '@nestjs/microservices';
import { connect, named } from '../connect.js';
import { Prices, RUNNEL, SUBJECT } from './prices.service.js';
import { runnelNats } from './runnel-nats.js';

@Module({
  imports: [
    ClientsModule.registerAsync([
      {
        name: RUNNEL,
        useFactory: async () =>
          runnelNats(process.env.NATS_URL ?? 'nats://127.0.0.1:4222', (await connect()).apiKey),
      },
    ]),
  ],
  providers: [
    {
      provide: SUBJECT,
      useFactory: async () => {
        const { client } = await connect();
        const { id } = await named(client.workflows, { name: 'prices' });
        return (await client.streams.get(id)).nats_subject;
      },
    },
    Prices,
  ],
})
export class AppModule {}
