-- The planted faults, each as it happens in real collections. M17, M33 and M34 cannot be had without another one: who was
-- converted before joining had no year of probation (M01), who was converted under 18 joined under 18 (M15), and a number
-- that a spreadsheet shortened has not its 18 characters (M05).

UPDATE person SET id_number = twin.id_number FROM planted JOIN person AS twin ON twin.n = planted.twin WHERE person.n = planted.n AND person.fault = 'M11';

-- Probation
UPDATE person SET join_date = DATE '1995-07-01' + (birth_date - DATE '1970-01-01'), full_date = DATE '1996-01-05' + (birth_date - DATE '1970-01-01') WHERE fault = 'M01';
UPDATE person SET full_date = add_months(join_date, 12) WHERE fault = 'M02';
UPDATE person SET join_date = DATE '1968-07-01', full_date = DATE '1969-07-15' WHERE fault = 'M03';
UPDATE person SET join_date = add_months(birth_date, 12 * 17 + 4), full_date = add_months(birth_date, 12 * 18 + 6) WHERE fault = 'M15';
UPDATE person SET join_date = make_date(1911, extract(month FROM join_date)::int, 1) WHERE fault = 'M16';
UPDATE person SET join_date = full_date, full_date = join_date WHERE fault = 'M17';
UPDATE person SET full_date = NULL WHERE fault = 'M18';
UPDATE person SET join_date = DATE '2025-09-10', full_date = DATE '2026-09-20' WHERE fault = 'M19';
UPDATE person SET join_date = DATE '2024-05-20' WHERE fault = 'M20';
UPDATE person SET join_date = add_months(birth_date, 12 * 16), full_date = add_months(birth_date, 12 * 17 + 4) WHERE fault = 'M33';

-- ID numbers
UPDATE person SET sex = CASE sex WHEN '1' THEN '2' ELSE '1' END WHERE fault = 'M04';
UPDATE person SET id_number = left(id_number, 17) WHERE fault = 'M05';
UPDATE person SET id_number = left(id_number, 17) || CASE right(id_number, 1) WHEN '7' THEN '1' ELSE '7' END WHERE fault = 'M06';
UPDATE person SET id_number = digits || id_number_check_character(digits) FROM (SELECT n, overlay(left(id_number, 17) PLACING (13 + n % 80)::text FROM 11) AS digits FROM person) AS wrong WHERE wrong.n = person.n AND fault = 'M07';
UPDATE person SET id_number = digits || id_number_check_character(digits) FROM (SELECT n, overlay(left(id_number, 17) PLACING '10' FROM 1) AS digits FROM person) AS wrong WHERE wrong.n = person.n AND fault = 'M08';
UPDATE person SET id_number = left(id_number, 6) || substr(id_number, 9, 9) WHERE fault = 'M09';
UPDATE person SET birth_date = birth_date - 31 WHERE fault = 'M10';
UPDATE person SET id_number = left(id_number, 1) || '.' || substr(id_number, 2, 14) || 'E+17' WHERE fault = 'M34';

-- The rest of the form
UPDATE person SET ethnicity = CASE n % 4 WHEN 0 THEN NULL ELSE ethnicity END, education = CASE n % 4 WHEN 1 THEN NULL ELSE education END,
  job_post = CASE n % 4 WHEN 2 THEN NULL ELSE job_post END, address = CASE n % 4 WHEN 3 THEN '不详' ELSE address END WHERE fault = 'M14';
UPDATE person SET birth_date = add_months(birth_date, -12 * 100) WHERE fault = 'M22';
UPDATE person SET mobile = '138' || lpad((n % 10000000)::text, 7, '0') WHERE fault = 'M23';
UPDATE person SET landline = '0562-12345' WHERE fault = 'M24';
UPDATE person SET name = left(name, 1) || ' ' || substr(name, 2) WHERE fault = 'M26';
UPDATE person SET is_mobile = true WHERE fault = 'M30';
UPDATE person SET address = '云岭市城关' WHERE fault = 'M32';
