// Package indicator reckons official indicators and pay by the formulas of the
// country profile. (көрсеткіш, показатель)
//
// The formulas are data with their source, one row each in indicators.csv and
// calculations.csv. Of Kazakhstan they are:
//
//   - injuries at work (OSH.FR, LTIFR, IR, SR, DPC): resolution of the 16th
//     International Conference of Labour Statisticians, 1998; LTIFR also GRI 403-9;
//     the national coefficients (OSH.KCH, KT): practice of form 7-TPZ;
//   - density and coverage (SD.*): OECD/AIAS ICTWSS, sections F and G;
//   - real wage (PAY.REAL): quarterly release of the statistics bureau; Kaitz
//     index, low pay, gender gap (PAY.KAITZ, LOWPAY, GAP): ILO manual on
//     decent-work indicators; pay ratio: Labour Code 157(1);
//   - minimum wage to subsistence (PAY.SUBS): Labour Code 104(1-1); arrears
//     recovered: reports of the Ministry of Labour;
//   - penalty for late wages (PAY.PENALTY): Labour Code 113(3);
//   - days not worked (STR.DAYS): resolution of the 15th Conference, 1993;
//     inspectors (INSP.RATE): ILO manual;
//   - wage.overtime, wage.holiday, wage.night, wage.holiday_night: Labour Code
//     108, 109, 110; wage.indexation: 157(2)2; min_hourly: 104(2).
//
// A Value says what it is: period, population, base k, source, status, and how it
// was reckoned, in kk, ru and en. Division by zero makes it "not computable",
// which is an answer and never 0. What must not be mixed is refused: series of two
// concepts in one calculation or one chart, indices against different periods,
// rounded indices multiplied up to a longer period.
//
// Numbers are fractions of whole numbers (math/big.Rat) from the first input to
// the last step, so nothing is lost on the way; they are rounded once, when
// written, halves away from zero.
package indicator
