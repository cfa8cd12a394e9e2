export default defineComponent({
  props: {
    greeting: {
      type: 'string',
      label: 'Greeting',
      default: 'Hello',
    },
  },
  async run({ steps, $ }) {
    const names = steps.trigger.event.names ?? ['Ada', 'Grace', 'Hedy', 'Margaret'];
    for (const name of names) {
      $.send.sse({
        channel: 'names',
        payload: { name, text: `${this.greeting} ${name}` },
      });
    }
    return `${names.length} names`;
  },
});
