-- One batch of members. They come in as stock; whoever has no fault is registered at once.
INSERT INTO member (name, sex, ethnicity, id_number, birth_date, education, person_type, branch_id, branch_code, join_date, full_date,
                    job_post, mobile, landline, address, status, lost, lost_month, is_mobile, destination, new_social_stratum, intake)
SELECT p.name, p.sex, p.ethnicity, p.id_number, p.birth_date, p.education, p.person_type, o.id, o.code, p.join_date, p.full_date,
       p.job_post, p.mobile, p.landline, p.address, p.status, p.lost, p.lost_month, p.is_mobile, p.destination,
       CASE WHEN p.job_post IN ('0211', '0221') THEN '1' END, 'stock'
  FROM person p JOIN organisation o ON o.code = p.branch
 WHERE p.n > %(after)s::bigint AND p.n <= %(after)s::bigint + %(batch)s
 ORDER BY p.n
