// An event stream server with nothing in it but the system calls: the practical limit of this machine. It checks
// nothing, stores nothing on a disk and trusts everybody. POST /<stream> takes one event a line, GET /<stream> reads.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HISTORY = 100, EVENTS = 512, READ_BYTES = 65536, PATH_BYTES = 128 };

struct bytes {
  char *at;
  size_t length, room;
};

struct connection {
  int fd;
  int slot;
  struct stream *stream;
  struct bytes in, out;
};

struct stream {
  char path[PATH_BYTES];
  struct stream *next;
  struct connection **readers;
  int count, room;
  struct bytes history[HISTORY];
  long events;
};

static int poller;
static struct stream *streams;

static void *must(void *memory) {
  if (memory == NULL) abort();
  return memory;
}

static void append(struct bytes *to, const char *bytes, size_t length) {
  if (to->length + length > to->room) {
    to->room = 2 * (to->length + length);
    to->at = must(realloc(to->at, to->room));
  }
  memcpy(to->at + to->length, bytes, length);
  to->length += length;
}

static struct stream *stream_at(const char *path, size_t length) {
  if (length >= PATH_BYTES) length = PATH_BYTES - 1;
  for (struct stream *each = streams; each != NULL; each = each->next)
    if (strlen(each->path) == length && memcmp(each->path, path, length) == 0) return each;
  struct stream *made = must(calloc(1, sizeof *made));
  memcpy(made->path, path, length);
  made->next = streams;
  return streams = made;
}

static void watch(struct connection *connection, int operation, unsigned events) {
  struct epoll_event event = {.events = events, .data.ptr = connection};
  epoll_ctl(poller, operation, connection->fd, &event);
}

// What the client does not take now waits for it, however much that is.
static void deliver(struct connection *to, const char *bytes, size_t length) {
  if (to->out.length == 0) {
    ssize_t sent = send(to->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent == (ssize_t)length || (sent < 0 && errno != EAGAIN)) return;
    if (sent > 0) bytes += sent, length -= (size_t)sent;
    watch(to, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
  }
  append(&to->out, bytes, length);
}

static void flush(struct connection *connection) {
  struct bytes *out = &connection->out;
  ssize_t sent = send(connection->fd, out->at, out->length, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent <= 0) return;
  memmove(out->at, out->at + sent, out->length - (size_t)sent);
  out->length -= (size_t)sent;
  if (out->length == 0) watch(connection, EPOLL_CTL_MOD, EPOLLIN);
}

static void publish(struct stream *stream, const char *line, const char *end) {
  static struct bytes body, all;
  all.length = 0;
  while (line < end) {
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    if (stop == NULL) stop = end;
    char head[64];
    body.length = 0;
    append(&body, head, (size_t)snprintf(head, sizeof head, "event: bench\nid: %ld\ndata: ", ++stream->events));
    append(&body, line, (size_t)(stop - line));
    append(&body, "\n\n", 2);
    struct bytes *kept = &stream->history[stream->events % HISTORY];
    kept->length = 0;
    append(kept, head, (size_t)snprintf(head, sizeof head, "%zx\r\n", body.length));
    append(kept, body.at, body.length);
    append(kept, "\r\n", 2);
    append(&all, kept->at, kept->length);
    line = stop + 1;
  }
  for (int n = 0; n < stream->count; n++) deliver(stream->readers[n], all.at, all.length);
}

static void subscribe(struct connection *connection, struct stream *stream) {
  static const char HEAD[] =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  static struct bytes first;
  first.length = 0;
  append(&first, HEAD, sizeof HEAD - 1);
  for (long n = stream->events < HISTORY ? 1 : stream->events - HISTORY + 1; n <= stream->events; n++)
    append(&first, stream->history[n % HISTORY].at, stream->history[n % HISTORY].length);
  if (stream->count == stream->room) {
    stream->room = stream->room == 0 ? 16 : 2 * stream->room;
    stream->readers = must(realloc(stream->readers, (size_t)stream->room * sizeof *stream->readers));
  }
  connection->stream = stream;
  connection->slot = stream->count;
  stream->readers[stream->count++] = connection;
  deliver(connection, first.at, first.length);
}

// Serves what has come whole; the rest waits for more.
static void serve(struct connection *connection) {
  struct bytes *in = &connection->in;
  size_t done = 0;
  while (connection->stream == NULL) {
    char *request = in->at + done;
    char *head_end = memmem(request, in->length - done, "\r\n\r\n", 4);
    if (head_end == NULL) break;
    char *path = memchr(request, ' ', (size_t)(head_end - request));
    char *path_end = path == NULL ? NULL : memchr(path + 1, ' ', (size_t)(head_end - path - 1));
    if (path_end == NULL) break;
    char *body = head_end + 4;
    struct stream *stream = stream_at(path + 1, (size_t)(path_end - path - 1));
    if (request[0] == 'G') {
      subscribe(connection, stream);
      done = in->length;
      break;
    }
    *head_end = 0;
    char *field = strcasestr(request, "\r\ncontent-length:");
    size_t length = field == NULL ? 0 : strtoul(field + 17, NULL, 10);
    *head_end = '\r';
    if ((size_t)(in->at + in->length - body) < length) break;
    publish(stream, body, body + length);
    static const char ANSWER[] = "HTTP/1.1 204 No Content\r\n\r\n";
    deliver(connection, ANSWER, sizeof ANSWER - 1);
    done = (size_t)(body + length - in->at);
  }
  memmove(in->at, in->at + done, in->length - done);
  in->length -= done;
  if (connection->stream != NULL) {
    free(in->at);
    *in = (struct bytes){0};
  }
}

static void leave(struct connection *connection) {
  struct stream *stream = connection->stream;
  if (stream != NULL) {
    struct connection *last = stream->readers[--stream->count];
    stream->readers[connection->slot] = last;
    last->slot = connection->slot;
  }
  close(connection->fd);
  free(connection->in.at);
  free(connection->out.at);
  free(connection);
}

static void receive(struct connection *connection) {
  static char buffer[READ_BYTES];
  ssize_t got = recv(connection->fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    leave(connection);
    return;
  }
  if (connection->stream != NULL) return;
  append(&connection->in, buffer, (size_t)got);
  serve(connection);
}

static void admit(int listener) {
  int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
  if (fd < 0) return;
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  struct connection *connection = must(calloc(1, sizeof *connection));
  connection->fd = fd;
  watch(connection, EPOLL_CTL_ADD, EPOLLIN);
}

int main(int count, char **arguments) {
  if (count != 2) return 2;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4096) != 0) return 1;
  poller = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
  for (;;) {
    struct epoll_event ready[EVENTS];
    int some = epoll_wait(poller, ready, EVENTS, -1);
    for (int n = 0; n < some; n++) {
      struct connection *connection = ready[n].data.ptr;
      if (connection == NULL) admit(listener);
      else {
        if (ready[n].events & EPOLLOUT) flush(connection);
        if (ready[n].events & ~(unsigned)EPOLLOUT) receive(connection);
      }
    }
  }
}
