#ifndef CORE_H
#define CORE_H
#ifdef __cplusplus
extern "C" {
#endif
int core_add(int a, int b);
#ifdef __cplusplus
}
#endif
#endif
