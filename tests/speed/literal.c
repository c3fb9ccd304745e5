/* The migration rule as a loop that says what it does: one person after the other, the choice written out (B.2).
   Tables are those of sim/agents/place_choice.py; random numbers are Philox4x32-10 at (uid, year, process). */
#include <math.h>
#include <stdint.h>

static void block(uint64_t seed, uint32_t process, uint32_t year, uint64_t uid, uint32_t w[4]) {
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    uint32_t c0 = (uint32_t)uid, c1 = (uint32_t)(uid >> 32), c2 = year, c3 = process;
    for (int r = 0; r < 10; r++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0; c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1; c3 = (uint32_t)p0;
        k0 += 0x9E3779B9u; k1 += 0xBB67AE85u;
    }
    w[0] = c0; w[1] = c1; w[2] = c2; w[3] = c3;
}

static double unit(uint32_t w) { return ((double)w + 0.5) * 0x1p-32; }

void move(int64_t rows, uint64_t seed, int year, int n, const uint64_t *uid, const int16_t *born, const uint8_t *sex,
          const uint8_t *skill, const uint8_t *minority, const uint8_t *hukou_county, const uint8_t *hukou_rural,
          uint8_t *res_county, uint8_t *res_zone, int8_t *sector, int16_t *arrived, const uint8_t *low_income,
          const double *evaluation, const double *cost, double insured_factor, double export_factor, double retire_f,
          double retire_m, const double *inside, const double *urban, const double *nest, const double *changes,
          const double *outside, const double *own_home, const double *home, const double *home_out,
          const double *ethnic, const double *distance, double land_factor, const double *total, int64_t *moved, int64_t *zone_moves, int64_t *net, uint8_t *stays) {
    for (int64_t i = 0; i < rows; i++) {
        int age = year - born[i];
        if (age < 16) continue;
        int a = age < 100 ? age : 100;
        uint32_t w[4];
        block(seed, 8, year, uid[i], w); /* the luck of the year: its second word is for places */
        if (unit(w[1]) >= evaluation[a]) continue;
        block(seed, 2, year, uid[i], w);
        int o = res_county[i], y = res_zone[i], h = hukou_county[i], m = minority[i];
        int e = age >= (sex[i] == 1 ? retire_m : retire_f) ? 3 : (skill[i] > 1 ? skill[i] - 1 : 0);
        int land = hukou_rural[i] == 1 && h == o;
        double stay, change = 0.0;
        if (o == n) {
            stay = outside[e * (n + 1) + n] * own_home[h * (n + 1) + n];
        } else {
            int own = ((e * n + o) * 2 + y) * 2 + land;
            stay = nest[own] * own_home[h * (n + 1) + o] * ethnic[m * n + o];
            change = changes[own];
        }
        int zone = o == n ? 2 : y;
        double leave = cost[a];
        if (land && y == 1) leave *= land_factor;
        if ((sector[i] >= 0 && y == 0 && o < n) || skill[i] >= 2) leave *= insured_factor;
        double all = total[(((e * (n + 1) + o) * 3 + zone) * (n + 1) + h) * 2 + m];
        double w_in = leave * all, w_out = 0.0;
        if (o < n) {
            w_out = leave * outside[e * (n + 1) + o] * home_out[h];
            if (low_income[i] && y == 1 && h < n && 18 <= age && age <= 55) w_out *= export_factor;
        }
        double u = unit(w[1]) * (stay + w_in + w_out);
        if (u < stay) {
            if (o < n && unit(w[3]) < change) {
                res_zone[i] = 1 - y; zone_moves[o] += y == 1 ? 1 : -1;
                net[o * 2 + y] -= 1; net[o * 2 + 1 - y] += 1;
            }
            continue;
        }
        int d = n;
        if (u < stay + w_in) {
            double target = unit(w[2]) * all, sum = 0.0;
            for (int k = 0; k < n; k++) {
                if (k == o) continue;
                double x = inside[(e * 3 + zone) * n + k] * home[h * n + k] * ethnic[m * n + k] * distance[o * n + k];
                if (x > 0.0) { d = k; sum += x; if (sum > target) break; }
            }
        }
        moved[o * (n + 1) + d] += 1;
        res_county[i] = d; arrived[i] = year; sector[i] = -1;
        if (d < n) {
            res_zone[i] = unit(w[3]) < urban[(e * 3 + zone) * n + d] ? 0 : 1;
        } else {
            res_zone[i] = 0;
            if (h == n) stays[i] = 0;
        }
        net[o * 2 + y] -= 1; net[d * 2 + res_zone[i]] += 1;
    }
}
