-- Who gets which fault: table planted. A fault can only befall a life in which it can happen, so lives stand in classes
-- and each class is shuffled; the first of a class get the faults, and the last are the twins of the duplicates.

CREATE TEMP TABLE planted ON COMMIT DROP AS
WITH fault AS (
  SELECT class, rule, row_number() OVER (PARTITION BY class ORDER BY rule) - 1 AS turn
    FROM (VALUES ('no probation', 'M02'), ('no probation', 'M03'), ('probationary', 'M19'), ('probationary', 'M20')) AS f (class, rule)
  UNION ALL
  SELECT 'ordinary', rule, nth - 1
    FROM string_to_table('M11 M12 M01 M04 M05 M06 M07 M08 M09 M10 M14 M15 M16 M17 M18 M22 M23 M24 M26 M30 M32 M33 M34', ' ') WITH ORDINALITY AS f (rule, nth)
), rate AS (
  SELECT greatest(1, current_setting('demonstration.members')::bigint * 14 / 10000) AS rate   -- as in the sample of a real city
), candidate AS (
  SELECT n, CASE
      WHEN standing < 0.03 THEN NULL   -- lost and mobile members: their record may lack what others must have
      WHEN person_type = '2' AND birth_date < '2004-01-01' THEN 'probationary'
      WHEN join_date BETWEEN '1970-01-01' AND '1976-12-31' AND birth_date < '1950-01-01' THEN 'no probation'
      WHEN person_type = '1' AND birth_date BETWEEN '1970-01-01' AND '1999-12-31' THEN 'ordinary' END AS class
    FROM life
), lot AS (
  SELECT n, class, row_number() OVER (PARTITION BY class ORDER BY pg_temp.draw(n, 'fault'), n) AS lot, count(*) OVER (PARTITION BY class) AS lots
    FROM candidate WHERE class IS NOT NULL
), hit AS (
  SELECT n, rule, lots + 1 - lot AS twin_lot FROM lot CROSS JOIN rate JOIN fault USING (class) WHERE fault.turn = (lot - 1) / rate
)
SELECT hit.n, rule, twin.n AS twin
  FROM hit CROSS JOIN rate LEFT JOIN lot AS twin ON rule IN ('M11', 'M12') AND twin.class = 'ordinary' AND twin.lot = twin_lot AND twin_lot > rate * (SELECT count(*) FROM fault WHERE class = 'ordinary')
 WHERE rule NOT IN ('M11', 'M12') OR twin.n IS NOT NULL;
ANALYZE planted;

-- A person collected twice: the same number (M11), or the same name, birth and sex under two numbers (M12).
UPDATE life SET name = twin.name, sex = twin.sex, birth_date = twin.birth_date, join_date = twin.join_date, full_date = twin.full_date
  FROM planted JOIN life AS twin ON twin.n = planted.twin WHERE life.n = planted.n;
