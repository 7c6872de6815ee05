/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A fuzz target is a function with the signature of libFuzzer and a function
 * that gives it something to begin with:
 *
 *	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
 *	bool fuzz_seed(size_t index, struct buffer *seed);	false: there are no more
 *
 * Built with -DFUZZ_LIBFUZZER -fsanitize=fuzzer (`make fuzz FUZZER=libfuzzer`)
 * it is libFuzzer's, which gets the seeds in its first corpus directory:
 *
 *	fuzz_x CORPUS [-OPTION=VALUE...]
 *
 * Otherwise the program has a main of its own, which always does the same for
 * one seed:
 *
 *	fuzz_x				past findings (corpus/fuzz_x), then FUZZ_ROUNDS rounds,
 *					as a test (TAP)
 *	fuzz_x --rounds N [--seed S]	N rounds, and says so
 *	fuzz_x --seconds N [--seed S]	rounds for N seconds
 *	fuzz_x FILE...			takes each file once
 *
 * The input of a round that kills the program is in FUZZ_DIR/fuzz_x.input
 * (default: /tmp).
 */
#ifndef CRW_FUZZ_H
#define CRW_FUZZ_H

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../../proto/bytes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
bool fuzz_seed(size_t index, struct buffer *seed);

/* What must never be. The program ends as from an assertion. */
#define fuzz_never(condition)                                                                      \
	do {                                                                                       \
		if (condition) {                                                                   \
			fprintf(stderr, "%s:%d: never: %s\n", __FILE__, __LINE__, #condition);     \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* A file in memory with these bytes, at its beginning. */
static inline int fuzz_file(const void *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || lseek(fd, 0, SEEK_SET) != 0) {
		perror("memfd");
		exit(2);
	}
	return fd;
}

/* Writes a file. It is not emptied first: some filesystems would wait for the disk then. */
static inline void fuzz_put(int at, const char *path, struct span content)
{
	int fd = openat(at, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, content.data, content.size) != (ssize_t)content.size ||
	    ftruncate(fd, (off_t)content.size) < 0) {
		perror(path);
		exit(2);
	}
	close(fd);
}

#ifdef FUZZ_LIBFUZZER

/* libFuzzer calls this before it reads the corpus. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int dir = open(*argc > 1 ? (*argv)[1] : "", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct buffer seed = { 0 };
	char name[40];

	for (size_t i = 0; dir >= 0 && fuzz_seed(i, &seed); i++) {
		int fd;

		snprintf(name, sizeof(name), "seed-%zu", i);
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (fd < 0 || write(fd, seed.data, seed.size) != (ssize_t)seed.size) {
			perror(name);
			exit(2);
		}
		close(fd);
		buffer_clear(&seed);
	}
	buffer_free(&seed);
	if (dir >= 0)
		close(dir);
	return 0;
}

#else

#ifndef FUZZ_ROUNDS
#define FUZZ_ROUNDS 15000
#endif
#define FUZZ_SIZE_MAX 65536
#define FUZZ_EDITS_MAX 6
#ifndef FUZZ_CUT_MAX
#define FUZZ_CUT_MAX 400 /* bytes of a seed that is cut off behind each of them */
#endif
#define FUZZ_CUT_EVERY 4 /* as many seeds have one that this is done to */

struct fuzz {
	uint64_t state;
	struct buffer *seeds;
	size_t seed_count;
	struct buffer input;
	uint8_t *crash; /* the input, where it outlives the program */
};

static inline uint64_t fuzz_random(struct fuzz *f, uint64_t below)
{
	f->state ^= f->state << 13;
	f->state ^= f->state >> 7;
	f->state ^= f->state << 17;
	return below ? (f->state * UINT64_C(0x2545f4914f6cdd1d) >> 16) % below : 0;
}

/* Replaces part of the input. */
static inline void fuzz_splice(struct fuzz *f, size_t at, size_t removed, struct span fresh)
{
	struct buffer out = { 0 };

	buffer_append(&out, span_of(f->input.data, at));
	buffer_append(&out, fresh);
	buffer_append(&out, span_of(f->input.data + at + removed, f->input.size - at - removed));
	buffer_free(&f->input);
	f->input = out;
}

/* Part of one of the seeds. */
static inline struct span fuzz_piece(struct fuzz *f)
{
	const struct buffer *seed = &f->seeds[fuzz_random(f, f->seed_count)];
	size_t at = fuzz_random(f, seed->size), size = fuzz_random(f, seed->size - at + 1);

	return span_of(seed->data + at, size > 64 && fuzz_random(f, 4) ? size % 64 : size);
}

static inline void fuzz_edit(struct fuzz *f)
{
	static const uint8_t special[] = { 0, 1, 0x7f, 0x80, 0xff, '"', '[', '{', '.', '9', '\n' };
	size_t size = f->input.size, at = fuzz_random(f, size + 1);
	size_t some = fuzz_random(f, (size - at < 32 ? size - at : 32) + 1);
	uint8_t bytes[8];

	switch (fuzz_random(f, 7)) {
	case 0: /* a bit */
		if (at < size)
			f->input.data[at] ^= (uint8_t)(1u << fuzz_random(f, 8));
		return;
	case 1: /* a byte that is special somewhere */
		if (at < size)
			f->input.data[at] = special[fuzz_random(f, sizeof(special))];
		return;
	case 2:
		fuzz_splice(f, at, some, span_of(NULL, 0));
		return;
	case 3: /* cut off */
		f->input.size = at;
		return;
	case 4:
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)fuzz_random(f, 256);
		fuzz_splice(f, at, 0, span_of(bytes, fuzz_random(f, sizeof(bytes)) + 1));
		return;
	case 5: /* something of another seed */
		fuzz_splice(f, at, some, fuzz_piece(f));
		return;
	default: /* something twice */
		fuzz_splice(f, at, 0, span_of(f->input.data + at, some));
		return;
	}
}

static inline void fuzz_take(struct fuzz *f, struct span input)
{
	uint32_t size = (uint32_t)input.size;
	uint8_t *exact;

	/* Memory of exactly this size, so that a byte too far is found. */
	if (input.size > FUZZ_SIZE_MAX)
		return;
	exact = malloc(input.size ? input.size : 1);
	if (!exact)
		exit(2);
	if (input.size)
		memcpy(exact, input.data, input.size);
	if (f->crash) {
		memcpy(f->crash, &size, sizeof(size));
		memcpy(f->crash + sizeof(size), exact, input.size);
	}
	LLVMFuzzerTestOneInput(exact, input.size);
	free(exact);
}

static inline void fuzz_round(struct fuzz *f)
{
	const struct buffer *seed = &f->seeds[fuzz_random(f, f->seed_count)];

	buffer_clear(&f->input);
	buffer_append(&f->input, buffer_span(seed));
	for (size_t edits = fuzz_random(f, FUZZ_EDITS_MAX) + 1; edits; edits--)
		fuzz_edit(f);
	fuzz_take(f, buffer_span(&f->input));
}

static inline void fuzz_read_seeds(struct fuzz *f)
{
	struct buffer seed = { 0 };

	while (fuzz_seed(f->seed_count, &seed)) {
		f->seeds = realloc(f->seeds, (f->seed_count + 1) * sizeof(*f->seeds));
		if (!f->seeds || seed.failed)
			exit(2);
		f->seeds[f->seed_count++] = seed;
		seed = (struct buffer){ 0 };
	}
	if (!f->seed_count) {
		fputs("there are no seeds; run this at the top of the sources\n", stderr);
		exit(2);
	}
}

/* Cut off behind each byte. */
static inline void fuzz_truncate(struct fuzz *f, struct span seed)
{
	for (size_t size = 0; size < seed.size && size < FUZZ_CUT_MAX; size++)
		fuzz_take(f, span_of(seed.data, size));
}

/* A file that the input of each round is in: its size, four bytes, and itself. */
static inline void fuzz_map_crash(struct fuzz *f, const char *program)
{
	const char *dir = getenv("FUZZ_DIR"), *slash = strrchr(program, '/');
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s.input", dir ? dir : "/tmp",
		 slash ? slash + 1 : program);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, FUZZ_SIZE_MAX + 4) < 0)
		return;
	f->crash = mmap(NULL, FUZZ_SIZE_MAX + 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (f->crash == MAP_FAILED)
		f->crash = NULL;
	close(fd);
}

/* What was found once; how many there are. */
static inline size_t fuzz_past(struct fuzz *f, const char *program)
{
	const char *slash = strrchr(program, '/');
	static uint8_t data[FUZZ_SIZE_MAX];
	char pattern[4096];
	glob_t found;
	size_t count;

	snprintf(pattern, sizeof(pattern), "tests/fuzz/corpus/%s/*", slash ? slash + 1 : program);
	if (glob(pattern, 0, NULL, &found) != 0)
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		FILE *file = fopen(found.gl_pathv[i], "r");

		if (!file)
			exit(2);
		fuzz_take(f, span_of(data, fread(data, 1, sizeof(data), file)));
		fclose(file);
	}
	count = found.gl_pathc;
	globfree(&found);
	return count;
}

/* "FILE" as it is, or as fuzz_map_crash leaves it. */
static inline int fuzz_replay(struct fuzz *f, const char *path)
{
	FILE *file = fopen(path, "r");
	static uint8_t data[FUZZ_SIZE_MAX + 5];
	size_t size = file ? fread(data, 1, sizeof(data), file) : 0;
	uint32_t inner = 0;

	if (!file) {
		perror(path);
		return 2;
	}
	fclose(file);
	memcpy(&inner, data, sizeof(inner));
	if (size == FUZZ_SIZE_MAX + 4 && inner <= FUZZ_SIZE_MAX)
		fuzz_take(f, span_of(data + 4, inner));
	else
		fuzz_take(f, span_of(data, size));
	printf("%s: survived\n", path);
	return 0;
}

/* Until there were so many rounds, or so many seconds have passed. */
static inline void fuzz_on(struct fuzz *f, long rounds, long seconds)
{
	time_t end = time(NULL) + seconds;
	long done = 0;

	printf("seed %llu, %zu seeds to begin with\n", (unsigned long long)f->state, f->seed_count);
	fflush(stdout);
	while (done < rounds || (seconds && time(NULL) < end)) {
		fuzz_round(f);
		done++;
	}
	printf("%ld rounds\n", done);
}

static inline void fuzz_forget(struct fuzz *f)
{
	for (size_t i = 0; i < f->seed_count; i++)
		buffer_free(&f->seeds[i]);
	free(f->seeds);
	buffer_free(&f->input);
}

int main(int argc, char **argv)
{
	struct fuzz f = { .state = 0x9e3779b97f4a7c15 };
	long seconds = 0, rounds = 0;
	int files = 1, status = 0;
	size_t past;

	for (; files + 1 < argc && argv[files][0] == '-'; files += 2) {
		if (strcmp(argv[files], "--seconds") == 0)
			seconds = atol(argv[files + 1]);
		else if (strcmp(argv[files], "--rounds") == 0)
			rounds = atol(argv[files + 1]);
		else
			f.state = strtoull(argv[files + 1], NULL, 0) | 1;
	}
	fuzz_read_seeds(&f);
	if (files < argc) {
		for (; files < argc && status == 0; files++)
			status = fuzz_replay(&f, argv[files]);
		fuzz_forget(&f);
		return status;
	}
	fuzz_map_crash(&f, argv[0]);
	past = fuzz_past(&f, argv[0]);
	for (size_t i = 0; i < f.seed_count; i++)
		fuzz_take(&f, buffer_span(&f.seeds[i]));
	for (size_t i = 0; i < f.seed_count; i += FUZZ_CUT_EVERY)
		fuzz_truncate(&f, buffer_span(&f.seeds[i]));
	if (seconds || rounds)
		fuzz_on(&f, rounds, seconds);
	for (int i = 0; !seconds && !rounds && i < FUZZ_ROUNDS; i++)
		fuzz_round(&f);
	if (!seconds && !rounds)
		printf("ok 1 - %zu past findings, %zu seeds and %d rounds from them\n1..1\n", past,
		       f.seed_count, FUZZ_ROUNDS);
	fuzz_forget(&f);
	return 0;
}

#endif
#endif
