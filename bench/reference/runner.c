/* Measures one model with TensorFlow Lite's C library, for the bench command, which compiles it:
 *
 *     runner bench MODEL --xnnpack 0|1 --threads N --runs R
 *
 * It prints one line of key=value pairs, times in microseconds. Inputs are pseudo-random numbers: [-1, 1) for float32, small
 * integers for index types, any byte for the rest. */
#define _POSIX_C_SOURCE 199309L
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "tensorflow/lite/c/c_api.h"

/* The XNNPACK delegate's options begin with these two fields in every version; the rest are zeros, its defaults. */
struct xnnpack_options {
	int32_t num_threads;
	uint32_t flags;
	uint64_t rest[30];
};
enum { xnnpack_qs8 = 1, xnnpack_qu8 = 2 };
extern TfLiteDelegate *TfLiteXNNPackDelegateCreate(const struct xnnpack_options *);

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static uint32_t seed = 1;
static uint32_t next(void)
{
	seed = seed * 1664525u + 1013904223u;
	return seed >> 8;
}

static int fill(TfLiteTensor *t)
{
	size_t n = TfLiteTensorByteSize(t), i;
	void *p = TfLiteTensorData(t);
	if (n && !p)
		return -1;
	switch (TfLiteTensorType(t)) {
	case kTfLiteFloat32:
		for (i = 0; i < n / 4; i++)
			((float *)p)[i] = (float)next() / 8388608.0f - 1.0f;
		return 0;
	case kTfLiteInt32:
		for (i = 0; i < n / 4; i++)
			((int32_t *)p)[i] = next() % 10;
		return 0;
	case kTfLiteInt64:
		for (i = 0; i < n / 8; i++)
			((int64_t *)p)[i] = next() % 10;
		return 0;
	case kTfLiteBool:
		for (i = 0; i < n; i++)
			((uint8_t *)p)[i] = next() & 1;
		return 0;
	case kTfLiteUInt8:
	case kTfLiteInt8:
	case kTfLiteInt16:
		for (i = 0; i < n; i++)
			((uint8_t *)p)[i] = next();
		return 0;
	default:
		return -1;
	}
}

/* The peak of this program alone, in KiB: that of getrusage is no less than what the process that started it held. */
static long peak(void)
{
	char line[256];
	long n = 0;
	struct rusage u;
	FILE *f = fopen("/proc/self/status", "r");
	if (f) {
		while (fgets(line, sizeof line, f))
			if (!strncmp(line, "VmHWM:", 6))
				n = atol(line + 6);
		fclose(f);
	}
	if (n)
		return n;
	getrusage(RUSAGE_SELF, &u);
	return (long)u.ru_maxrss;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static int fail(const char *what)
{
	fprintf(stderr, "%s\n", what);
	return 1;
}

int main(int argc, char **argv)
{
	int xnnpack = 0, threads = 1, runs = 30, i, n;
	if (argc == 2 && !strcmp(argv[1], "version"))
		return printf("%s\n", TfLiteVersion()) < 0;
	if (argc < 3 || strcmp(argv[1], "bench"))
		return fail("usage: runner version | runner bench MODEL [--xnnpack 0|1] [--threads N] [--runs R]");
	for (i = 3; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--xnnpack"))
			xnnpack = atoi(argv[i + 1]);
		else if (!strcmp(argv[i], "--threads"))
			threads = atoi(argv[i + 1]);
		else if (!strcmp(argv[i], "--runs"))
			runs = atoi(argv[i + 1]);
	}
	if (runs < 1)
		return fail("--runs: at least 1");
	double begin = now();
	TfLiteModel *model = TfLiteModelCreateFromFile(argv[2]);
	if (!model)
		return fail("the model does not load");
	TfLiteInterpreterOptions *options = TfLiteInterpreterOptionsCreate();
	TfLiteInterpreterOptionsSetNumThreads(options, threads);
	if (xnnpack) {
		struct xnnpack_options x;
		memset(&x, 0, sizeof x);
		x.num_threads = threads;
		x.flags = xnnpack_qs8 | xnnpack_qu8;
		TfLiteInterpreterOptionsAddDelegate(options, TfLiteXNNPackDelegateCreate(&x));
	}
	TfLiteInterpreter *it = TfLiteInterpreterCreate(model, options);
	if (!it || TfLiteInterpreterAllocateTensors(it) != kTfLiteOk)
		return fail("the interpreter does not come up");
	double loaded = now();
	for (i = 0; i < TfLiteInterpreterGetInputTensorCount(it); i++)
		if (fill(TfLiteInterpreterGetInputTensor(it, i)))
			return fail("an input has a type that cannot be filled");
	double start = now();
	if (TfLiteInterpreterInvoke(it) != kTfLiteOk)
		return fail("invoke failed");
	double first = now() - start;
	for (i = 0; i < 2; i++)
		if (TfLiteInterpreterInvoke(it) != kTfLiteOk)
			return fail("invoke failed");
	double *times = malloc(sizeof *times * (size_t)runs);
	if (!times)
		return fail("no memory");
	start = now();
	for (n = 0; n < runs; n++) {
		double t = now();
		TfLiteInterpreterInvoke(it);
		times[n] = now() - t;
		if (now() - start > 5e6 && n >= 4) {
			n++;
			break;
		}
	}
	qsort(times, (size_t)n, sizeof *times, ascending);
	printf("load_alloc_us=%.0f first_us=%.1f min_us=%.1f median_us=%.1f runs=%d peak_rss_kb=%ld\n", loaded - begin, first, times[0],
	       times[n / 2], n, peak());
	return 0;
}
