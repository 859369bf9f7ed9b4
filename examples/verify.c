/* Verifies a proof from a C program: cc verify.c $(pkg-config --cflags --libs pedigree-verify)
 * Usage: verify FILE.pedigree [WEIGHTS.safetensors]. Exit code 0: accepted; 1: refused; 2: usage, 6: no memory. */
#include <pedigree/verify.h>
#include <stdio.h>
#include <stdlib.h>

static uint8_t *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  uint8_t *bytes = NULL;
  long size = -1;
  if (file != NULL && fseek(file, 0, SEEK_END) == 0) size = ftell(file);
  if (size >= 0 && fseek(file, 0, SEEK_SET) == 0) bytes = malloc((size_t)size + 1);
  if (bytes != NULL && fread(bytes, 1, (size_t)size, file) != (size_t)size) {
    free(bytes);
    bytes = NULL;
  }
  if (file != NULL) fclose(file);
  *length = bytes != NULL ? (size_t)size : 0;
  if (bytes == NULL) fprintf(stderr, "%s could not be read\n", path);
  return bytes;
}

static int report(const char *path, const pedigree_result *result) {
  if (result->status == PEDIGREE_OK) {
    printf("accepted: %s\n", path);
    return 0;
  }
  printf("refused: %s: %s: %s\n", path, result->code, result->reason);
  return 1;
}

int main(int argc, char **argv) {
  if (argc != 2 && argc != 3) {
    fprintf(stderr, "usage: verify FILE.pedigree [WEIGHTS.safetensors]\n");
    return 2;
  }
  size_t length = 0, weights_length = 0;
  uint8_t *file = read_file(argv[1], &length), *weights = NULL;
  if (file == NULL) return 2;

  /* All memory that verifying takes, and no more. */
  const size_t need = pedigree_verify_memory(file, length);
  void *memory = need > 0 ? malloc(need) : NULL;
  if (need > 0 && memory == NULL) {
    fprintf(stderr, "verifying needs %zu bytes of memory\n", need);
    free(file);
    return 6;
  }
  const pedigree_policy policy = {.required_bits = 128, .require_published_weights = argc == 3};
  pedigree_result result, of_weights;
  pedigree_verify(file, length, &policy, memory, need, &result);
  int code = report(argv[1], &result);
  if (code == 0)
    printf("  %u records, %u steps of batch %u, %.1f bits\n", result.claim.records, result.claim.steps,
           result.claim.batch, result.bits);
  if (code == 0 && argc == 3) {
    weights = read_file(argv[2], &weights_length);
    code = weights == NULL ? 2 : 0;
    if (code == 0) {
      pedigree_verify_weights(&result, weights, weights_length, &of_weights);
      code = report(argv[2], &of_weights);
    }
  }
  free(weights);
  free(memory);
  free(file);
  return code;
}
