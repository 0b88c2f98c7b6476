-- The whole record of each life, still sound: table person.

-- Regions of first registration: the county that most come from, abolished codes included, and all others of the country.
CREATE TEMP TABLE home (position, code) ON COMMIT DROP AS VALUES (0, '340721'), (1, '340721'), (2, '340721'), (3, '340702'), (4, '340702'), (5, '340703'), (6, '340711'), (7, '340823');
CREATE TEMP TABLE elsewhere ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY code) - 1 AS position, code FROM region WHERE code < '660000' AND right(code, 2) > '01' AND code NOT IN (SELECT code FROM home);
CREATE TEMP TABLE destination ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY code) - 1 AS position, code FROM region WHERE left(code, 2) IN ('11', '31', '32', '33', '44') AND right(code, 2) > '01' AND ended IS NULL;
ANALYZE elsewhere;
ANALYZE destination;

-- ID numbers. Those of one region, day and sex are numbered one by one, so no two are alike; sequences stay below 996,
-- which 15-digit numbers kept for people born in the 1800s.
CREATE TEMP TABLE numbered ON COMMIT DROP AS
WITH registered AS (
  SELECT n, sex, coalesce(home.code, elsewhere.code) || to_char(birth_date, 'YYYYMMDD') AS head
    FROM life LEFT JOIN home ON pg_temp.draw(n, 'region') < 0.82 AND home.position = pg_temp.draw_int(8, n, 'home')
    LEFT JOIN elsewhere ON home.code IS NULL AND elsewhere.position = pg_temp.draw_int((SELECT count(*) FROM elsewhere), n, 'elsewhere')
), issued AS (
  SELECT n, head || lpad((2 * ((pg_temp.draw_int(498, head::bigint, 'sequence') + row_number() OVER (PARTITION BY head, sex ORDER BY n)) % 498) + (sex = '1')::int)::text, 3, '0') AS digits
    FROM registered
)
SELECT n, digits || id_number_check_character(digits) AS id_number FROM issued;
ANALYZE numbered;

CREATE TEMP TABLE person ON COMMIT DROP AS
WITH aged AS (
  SELECT life.*, id_number, (DATE '2026-11-01' - birth_date) / 365.2425 AS age, standing < 0.008 AS lost, standing >= 0.008 AND standing < 0.03 AS is_mobile
    FROM life JOIN numbered USING (n)
)
SELECT n, branch, planted.rule AS fault, aged.name, sex, id_number, birth_date, person_type, join_date, full_date,
  CASE WHEN pg_temp.draw(n, 'han') < 0.94 THEN '01' ELSE pg_temp.pick('{03,03,03,08,11,06,02,15,04,07}', n, 'ethnicity') END AS ethnicity,
  pg_temp.pick(CASE
    WHEN age < 40 AND aged.trade <> 'town' THEN '{21,21,21,21,21,21,12,12,11,31}'::text[] WHEN age < 40 THEN '{21,21,21,31,31,31,41,51,51,61}'::text[]
    WHEN age < 60 AND aged.trade <> 'town' THEN '{21,21,21,24,25,12,31,31,32,41}'::text[] WHEN age < 60 THEN '{31,31,33,41,51,51,52,61,61,61}'::text[]
    ELSE '{31,41,41,51,51,61,61,61,62,62}'::text[] END, n, 'education') AS education,
  CASE WHEN aged.trade = 'town' AND age >= 60 THEN pg_temp.pick('{111,111,111,412}', n, 'job') WHEN age >= CASE sex WHEN '1' THEN 60 ELSE 55 END THEN '412'
       WHEN aged.trade = 'school' AND age < 23 THEN '323' ELSE pg_temp.pick(jobs, n, 'job') END AS job_post,
  CASE WHEN pg_temp.draw(n, 'landline') >= 0.02 THEN '1' || pg_temp.pick('{38,39,36,58,88,56,77,99,52,35}', n, 'network') || lpad(pg_temp.draw_int(100000000, n, 'mobile')::text, 8, '0') END AS mobile,
  CASE WHEN pg_temp.draw(n, 'landline') < 0.04 THEN '0562-' || (2000000 + pg_temp.draw_int(6000000, n, 'telephone')) END AS landline,
  '云岭市' || place.name || '路' || 1 + pg_temp.draw_int(400, n, 'house') || '号' || 1 + pg_temp.draw_int(30, n, 'block') || '栋' || 101 + 100 * pg_temp.draw_int(18, n, 'floor') + pg_temp.draw_int(4, n, 'door') || '室' AS address,
  CASE WHEN standing < 0.004 AND person_type = '1' THEN '2' ELSE '1' END AS status,
  lost, CASE WHEN lost THEN (DATE '2024-12-01' + make_interval(months => pg_temp.draw_int(14, n, 'lost')))::date END AS lost_month,
  is_mobile, destination.code AS destination
  FROM aged JOIN trade ON trade.code = aged.trade JOIN place ON place.position = pg_temp.draw_int(1190, n, 'road')
  LEFT JOIN destination ON is_mobile AND destination.position = pg_temp.draw_int((SELECT count(*) FROM destination), n, 'destination')
  LEFT JOIN planted USING (n);
CREATE INDEX person_in_order ON person (n);
ANALYZE person;
