// A plain back-projector, as one would first write it well: rows on threads, columns
// innermost for the vectoriser, one gather and one interpolation a view. No filter.
//   g++ -O3 -march=native -fopenmp gather.cpp -o gather
//   ./gather size pixelMm views bins sinogram.f32
// Reads a task a line, does it once, answers with its milliseconds.

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

int main(int, char** arguments) {
  const int size = atoi(arguments[1]);
  const float pixelMm = atof(arguments[2]);
  const int views = atoi(arguments[3]);
  const int bins = atoi(arguments[4]);
  std::vector<float> sinogram(size_t(views) * bins);
  FILE* file = fopen(arguments[5], "rb");
  if (!file || fread(sinogram.data(), sizeof(float), sinogram.size(), file) != sinogram.size()) return 1;
  fclose(file);
  std::vector<float> image(size_t(size) * size), cosine(views), sine(views);
  for (int view = 0; view < views; view++) {
    cosine[view] = std::cos(M_PI * view / views);
    sine[view] = std::sin(M_PI * view / views);
  }
  // Bins are one pixel apart here, and see every pixel: no test in the loop.
  const float middle = (size - 1) / 2.0f, middleBin = (bins - 1) / 2.0f;
  const float weight = M_PI / views / pixelMm;

  printf("{\"tasks\":[\"fbp gather\"],\"missing\":[],\"versions\":{}}\n");
  fflush(stdout);
  char line[80];
  while (fgets(line, sizeof line, stdin)) {
    const auto start = std::chrono::steady_clock::now();
#pragma omp parallel for schedule(dynamic, 8)
    for (int row = 0; row < size; row++) {
      float* out = &image[size_t(row) * size];
      for (int column = 0; column < size; column++) out[column] = 0;
      for (int view = 0; view < views; view++) {
        const float* values = &sinogram[size_t(view) * bins];
        const float c = cosine[view];
        const float first = (middle - row) * sine[view] - middle * c + middleBin;
        for (int column = 0; column < size; column++) {
          const float position = first + c * column;
          const int bin = int(position);
          const float w = position - bin;
          out[column] += values[bin] + w * (values[bin + 1] - values[bin]);
        }
      }
      for (int column = 0; column < size; column++) out[column] *= weight;
    }
    const double ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    printf("{\"ms\":%.4f,\"value\":null,\"sum\":%g}\n", ms, double(image[size_t(size) * size / 2]));
    fflush(stdout);
  }
}
