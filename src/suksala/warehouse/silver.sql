-- The silver layer of the measures: one statement per table, each in the portable subset (decision 0041).
-- A table is made once per snapshot (or per period: resident_aged), and only when a measure reads it.
-- "name: table" opens a statement.

-- name: registration
-- One row per registration (hospcode, pid) with the human it belongs to; numbered: 1 with a trusted citizen number.
SELECT m.human, m.person, p.hospcode, p.pid, p.sex, p.birth, p.nation, p.typearea, p.discharge, p.ddischarge,
       p.movein, p.d_update, m.numbered
FROM person AS p
JOIN membership AS m ON m.hospcode = p.hospcode AND m.pid = p.pid

-- name: death_of
-- The day of death of a human, from the DEATH file of any facility.
SELECT m.human, MIN(d.ddeath) AS died_on
FROM death AS d
JOIN membership AS m ON m.hospcode = d.hospcode AND m.pid = d.pid
WHERE NOT d.ddeath IS NULL
GROUP BY m.human

-- name: disease
-- The disease register: the first day a human is known with diabetes (DM, E10-E14) or hypertension (HT, I10-I15), from
-- CHRONIC and the diagnoses of any facility; care_from: first day on a CHRONIC row that is under care (TYPEDISCH 03, 05, 11).
WITH found AS (
  SELECT hospcode, pid, dx3, date_diag AS on_date,
         CASE WHEN typedisch IN ('03', '05', '11') THEN date_diag END AS care_from
  FROM chronic
  UNION ALL
  SELECT hospcode, pid, dx3, date_serv AS on_date, CAST(NULL AS DATE) AS care_from FROM diagnosis_opd
  UNION ALL
  SELECT hospcode, pid, dx3, CAST(datetime_admit AS DATE) AS on_date, CAST(NULL AS DATE) AS care_from
  FROM diagnosis_ipd
), named AS (
  SELECT hospcode, pid, on_date, care_from,
         CASE WHEN dx3 >= 'E10' AND dx3 <= 'E14' THEN 'DM' WHEN dx3 >= 'I10' AND dx3 <= 'I15' THEN 'HT' END AS disease
  FROM found
)
SELECT m.human, n.disease, MIN(n.on_date) AS first_on, MIN(n.care_from) AS care_from
FROM named AS n
JOIN membership AS m ON m.hospcode = n.hospcode AND m.pid = n.pid
WHERE NOT n.disease IS NULL
GROUP BY m.human, n.disease

-- name: hba1c
-- HbA1c results of any facility: the 7-digit code, and the 2-digit one of older files; a result that is no number is not here.
SELECT m.human, l.date_serv AS on_date, l.labnum AS percent
FROM labfu AS l
JOIN membership AS m ON m.hospcode = l.hospcode AND m.pid = l.pid
WHERE l.labtest IN ('0531601', '05') AND NOT l.labnum IS NULL

-- name: ht_blood_pressure
-- The blood pressure of a day, mmHg, of the people in the hypertension register, from every file that holds one: of the
-- possible readings (60-300 over 30-200, the upper above the lower) the latest. Only SERVICE knows the time of day, the
-- others are earliest on their day; of one moment the higher reading counts (reading R-42).
WITH reading AS (
  SELECT hospcode, pid, date_serv AS on_date, COALESCE(time_serv, '') AS at_time, sbp, dbp FROM service
  UNION ALL
  SELECT hospcode, pid, date_serv AS on_date, '' AS at_time, sbp, dbp FROM chronicfu
  UNION ALL
  SELECT hospcode, pid, date_serv AS on_date, '' AS at_time, sbp_1 AS sbp, dbp_1 AS dbp FROM ncdscreen
  UNION ALL
  SELECT hospcode, pid, date_serv AS on_date, '' AS at_time, sbp_2 AS sbp, dbp_2 AS dbp FROM ncdscreen
), ranked AS (
  SELECT m.human, r.on_date, r.sbp, r.dbp,
         ROW_NUMBER() OVER (PARTITION BY m.human, r.on_date ORDER BY r.at_time DESC, r.sbp DESC, r.dbp DESC) AS place
  FROM reading AS r
  JOIN membership AS m ON m.hospcode = r.hospcode AND m.pid = r.pid
  JOIN disease AS d ON d.human = m.human AND d.disease = 'HT'
  WHERE r.sbp >= 60 AND r.sbp <= 300 AND r.dbp >= 30 AND r.dbp <= 200 AND r.sbp > r.dbp
)
SELECT human, on_date, sbp, dbp
FROM ranked
WHERE place = 1

-- name: screening
-- NCD screenings of any facility.
SELECT m.human, n.date_serv AS on_date, n.sbp_1 AS sbp, n.dbp_1 AS dbp, n.bslevel AS glucose, n.bstest
FROM ncdscreen AS n
JOIN membership AS m ON m.hospcode = n.hospcode AND m.pid = n.pid

-- name: served
-- The first day a human was served by any facility.
SELECT m.human, MIN(s.date_serv) AS first_on
FROM service AS s
JOIN membership AS m ON m.hospcode = s.hospcode AND m.pid = s.pid
GROUP BY m.human

-- name: resident_aged
-- One row per human at :period_end: the registration of the responsible facility, and why the human is not a resident
-- (reading R-40). age_fy: completed years on the first day of the fiscal year; age_end: on the last day of the period.
WITH judged AS (
  SELECT human, person, hospcode, pid, sex, birth, nation, d_update, numbered,
         CASE typearea WHEN '1' THEN 1 WHEN '3' THEN 2 WHEN '2' THEN 3 WHEN '5' THEN 4 WHEN '4' THEN 5 ELSE 6 END AS nearness,
         CASE WHEN discharge = '9' THEN 0
              WHEN discharge IN ('1', '2', '3') AND ddischarge > :period_end THEN 0 ELSE 1 END AS gone,
         CASE WHEN movein > :period_end OR birth > :period_end THEN 1 ELSE 0 END AS not_yet,
         CASE WHEN discharge = '1' AND (ddischarge IS NULL OR ddischarge <= :period_end) THEN 1 ELSE 0 END AS dead
  FROM registration
), marked AS (
  SELECT human, person, hospcode, pid, sex, birth, nation, d_update, numbered, nearness, gone, not_yet, dead,
         CASE WHEN gone = 0 AND not_yet = 0 AND nearness <= 2 THEN 1 ELSE 0 END AS eligible
  FROM judged
), whole AS (
  SELECT human, MAX(dead) AS dead, MAX(numbered) AS numbered,
         MIN(CASE WHEN eligible = 1 THEN hospcode END) AS first_claim, MAX(CASE WHEN eligible = 1 THEN hospcode END) AS last_claim
  FROM marked
  GROUP BY human
), ranked AS (
  SELECT human, person, hospcode, sex, birth, nation, nearness, gone, not_yet,
         ROW_NUMBER() OVER (
           PARTITION BY human ORDER BY eligible DESC, nearness, d_update DESC, hospcode, pid
         ) AS place
  FROM marked
)
SELECT r.human, r.person, r.hospcode, r.sex, r.birth, r.nation,
       EXTRACT(YEAR FROM :period_start) - EXTRACT(YEAR FROM r.birth)
         - CASE WHEN EXTRACT(MONTH FROM r.birth) * 100 + EXTRACT(DAY FROM r.birth)
                     > EXTRACT(MONTH FROM :period_start) * 100 + EXTRACT(DAY FROM :period_start) THEN 1 ELSE 0 END AS age_fy,
       EXTRACT(YEAR FROM :period_end) - EXTRACT(YEAR FROM r.birth)
         - CASE WHEN EXTRACT(MONTH FROM r.birth) * 100 + EXTRACT(DAY FROM r.birth)
                     > EXTRACT(MONTH FROM :period_end) * 100 + EXTRACT(DAY FROM :period_end) THEN 1 ELSE 0 END AS age_end,
       CASE WHEN w.dead = 1 OR d.died_on <= :period_end THEN 'dead'
            WHEN r.gone = 1 THEN 'gone'
            WHEN r.not_yet = 1 THEN 'not-yet'
            WHEN r.nearness > 2 THEN 'not-in-area'
            WHEN w.numbered = 0 THEN 'no-citizen-number' END AS reason,
       CASE WHEN w.first_claim <> w.last_claim THEN 1 ELSE 0 END AS contested
FROM ranked AS r
JOIN whole AS w ON w.human = r.human
LEFT JOIN death_of AS d ON d.human = r.human
WHERE r.place = 1
